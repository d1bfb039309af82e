package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.TemporalConnection;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.RetryOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testserver.TestServer;
import io.temporal.testserver.TestServer.InProcessTestServer;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A step whose first attempt fails, on both engines: they keep what attempts say differently. */
@Timeout(120)
class StepProgressTest {

  private static final String QUEUE = "steps";
  private static final Duration WITHIN = Duration.ofSeconds(30);

  /** Of one step. */
  @WorkflowInterface
  public interface OneStep {
    @WorkflowMethod
    void take();
  }

  @ActivityInterface
  public interface Rollout {
    void awaitRollout();
  }

  public static final class OneStepWorkflow implements OneStep {

    private final Rollout rollout =
        Workflow.newActivityStub(
            Rollout.class,
            ActivityOptions.newBuilder()
                .setStartToCloseTimeout(Duration.ofMinutes(2))
                .setHeartbeatTimeout(Duration.ofSeconds(30))
                .setRetryOptions(
                    RetryOptions.newBuilder().setInitialInterval(Duration.ofMillis(100)).build())
                .build());

    @Override
    public void take() {
      rollout.awaitRollout();
    }
  }

  private static final class TwoAttempts implements Rollout {

    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch speaks = new CountDownLatch(1);
    private final CountDownLatch ends = new CountDownLatch(1);

    @Override
    public void awaitRollout() {
      var context = Activity.getExecutionContext();
      if (context.getInfo().getAttempt() == 1) {
        context.heartbeat("asking the cluster");
        pass(told);
        throw new IllegalStateException("the connection was refused");
      }
      pass(speaks);
      context.heartbeat("1 of 3 updated");
      pass(ends);
    }

    private static void pass(CountDownLatch latch) {
      try {
        latch.await(60, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  @NeedsTemporal
  void a_second_attempt_tells_why_until_it_speaks_itself_on_a_server(@TempDir Path folder)
      throws Exception {
    try (DevServer server = DevServer.start(folder)) {
      WorkflowServiceStubs service =
          WorkflowServiceStubs.newServiceStubs(
              WorkflowServiceStubsOptions.newBuilder().setTarget(server.address()).build());
      try {
        tellsWhyUntilItSpeaks(service);
      } finally {
        service.shutdownNow();
      }
    }
  }

  @Test
  void a_second_attempt_tells_why_until_it_speaks_itself_in_process() {
    try (InProcessTestServer server = TestServer.createServer(true)) {
      tellsWhyUntilItSpeaks(
          WorkflowServiceStubs.newServiceStubs(
              WorkflowServiceStubsOptions.newBuilder().setChannel(server.getChannel()).build()));
    }
  }

  private static void tellsWhyUntilItSpeaks(WorkflowServiceStubs service) {
    WorkflowClient client = TemporalConnection.client(service, "default");
    TwoAttempts rollout = new TwoAttempts();
    WorkerFactory workers = WorkerFactory.newInstance(client);
    Worker worker = workers.newWorker(QUEUE);
    worker.registerWorkflowImplementationTypes(OneStepWorkflow.class);
    worker.registerActivitiesImplementations(rollout);
    workers.start();
    try {
      WorkflowStub step =
          client.newUntypedWorkflowStub(
              "OneStep", WorkflowOptions.newBuilder().setTaskQueue(QUEUE).build());
      step.start();

      awaitProgress(client, step, "asking the cluster");
      rollout.told.countDown();
      awaitProgress(client, step, "attempt 2: the connection was refused");
      rollout.speaks.countDown();
      awaitProgress(client, step, "attempt 2: 1 of 3 updated");

      rollout.ends.countDown();
      step.getResult(Void.class);
    } finally {
      workers.shutdownNow();
    }
  }

  private static void awaitProgress(WorkflowClient client, WorkflowStub step, String words) {
    await()
        .atMost(WITHIN)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              List<PendingActivityInfo> pending =
                  step.describe().getRawDescription().getPendingActivitiesList();
              assertThat(StepProgress.of(pending.get(0), client.getOptions().getDataConverter()))
                  .isEqualTo(words);
            });
  }
}
