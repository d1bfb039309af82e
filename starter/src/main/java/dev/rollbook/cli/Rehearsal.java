package dev.rollbook.cli;

import dev.rollbook.engine.Engine;
import dev.rollbook.engine.Engines;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.temporal.api.namespace.v1.BadBinaries;
import io.temporal.api.namespace.v1.NamespaceConfig;
import io.temporal.api.namespace.v1.NamespaceInfo;
import io.temporal.api.replication.v1.ClusterReplicationConfig;
import io.temporal.api.replication.v1.NamespaceReplicationConfig;
import io.temporal.api.taskqueue.v1.PollerInfo;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.DescribeNamespaceResponse;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueResponse;
import io.temporal.api.workflowservice.v1.GetSystemInfoRequest;
import io.temporal.api.workflowservice.v1.GetSystemInfoResponse;
import io.temporal.api.workflowservice.v1.WorkflowServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the launcher lets Java learn from: it loads the classes that a run loads, those of a
 * connection too, so that Java finds them in its archive later.
 */
public final class Rehearsal {

  private Rehearsal() {}

  public static void main(String[] arguments) throws IOException {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Answering())
            .build()
            .start();
    Map<String, String> environment =
        Map.of(
            "TEMPORAL_ADDRESS",
            "127.0.0.1:" + server.getPort(),
            "TEMPORAL_CONFIG_FILE",
            "/dev/null");
    Engines.connectAhead(environment);
    try (Engine engine = Engines.open(Path.of(""), environment, line -> {})) {
      engine
          .service()
          .blockingStub()
          .describeTaskQueue(
              DescribeTaskQueueRequest.newBuilder()
                  .setTaskQueue(TaskQueue.newBuilder().setName("rollbook"))
                  .build());
    }
    server.shutdownNow();
    RollbookMain.main(arguments);
  }

  /** As much of Temporal as it takes to connect, and to see whether somebody works. */
  private static final class Answering extends WorkflowServiceGrpc.WorkflowServiceImplBase {

    @Override
    public void getSystemInfo(
        GetSystemInfoRequest request, StreamObserver<GetSystemInfoResponse> answer) {
      answer.onNext(GetSystemInfoResponse.getDefaultInstance());
      answer.onCompleted();
    }

    @Override
    public void describeNamespace(
        DescribeNamespaceRequest request, StreamObserver<DescribeNamespaceResponse> answer) {
      answer.onNext(
          DescribeNamespaceResponse.newBuilder()
              .setNamespaceInfo(NamespaceInfo.newBuilder().setName("default"))
              .setConfig(NamespaceConfig.newBuilder().setBadBinaries(BadBinaries.newBuilder()))
              .setReplicationConfig(
                  NamespaceReplicationConfig.newBuilder()
                      .addClusters(ClusterReplicationConfig.newBuilder().setClusterName("active")))
              .build());
      answer.onCompleted();
    }

    @Override
    public void describeTaskQueue(
        DescribeTaskQueueRequest request, StreamObserver<DescribeTaskQueueResponse> answer) {
      answer.onNext(
          DescribeTaskQueueResponse.newBuilder()
              .addPollers(PollerInfo.newBuilder().setIdentity("1@machine"))
              .build());
      answer.onCompleted();
    }
  }
}
