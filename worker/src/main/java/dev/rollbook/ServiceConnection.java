package dev.rollbook;

import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A connection to a Temporal service, on a network thread of its own that ends with it. Those that
 * Netty shares stay, and a Java that ends waits 0.3 s for each thread that still listens.
 */
public final class ServiceConnection implements AutoCloseable {

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(1);

  private final EventLoopGroup network;
  private final WorkflowServiceStubs service;

  private ServiceConnection(EventLoopGroup network, WorkflowServiceStubs service) {
    this.network = network;
    this.service = service;
  }

  /** Connects when it is first asked something. */
  public static ServiceConnection to(WorkflowServiceStubsOptions options) {
    EventLoopGroup network =
        new NioEventLoopGroup(1, new DefaultThreadFactory("rollbook-network", true));
    WorkflowServiceStubsOptions onIt =
        WorkflowServiceStubsOptions.newBuilder(options)
            .setChannelInitializer(
                channel ->
                    ((NettyChannelBuilder) channel)
                        .eventLoopGroup(network)
                        .channelType(NioSocketChannel.class))
            .build();
    return new ServiceConnection(network, WorkflowServiceStubs.newServiceStubs(onIt));
  }

  public WorkflowServiceStubs service() {
    return service;
  }

  /** Cuts off what is still being asked. */
  @Override
  public void close() {
    service.shutdownNow();
    service.awaitTermination(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    network
        .shutdownGracefully(0, ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(ENDS_WITHIN.toMillis());
  }
}
