package dev.rollbook.escalation;

import io.temporal.api.testservice.v1.LockTimeSkippingRequest;
import io.temporal.api.testservice.v1.TestServiceGrpc;
import io.temporal.api.testservice.v1.UnlockTimeSkippingRequest;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Duration;

/** Time that passes although steps wait for a worker: the test server holds it for their sake. */
public final class PassingTime {

  private PassingTime() {}

  /**
   * @param waiting how many steps do
   */
  public static void letPass(TestWorkflowEnvironment temporal, Duration time, int waiting) {
    TestServiceGrpc.TestServiceBlockingStub server =
        TestServiceGrpc.newBlockingStub(temporal.getWorkflowServiceStubs().getRawChannel());
    for (int i = 0; i < waiting; i++) {
      server.unlockTimeSkipping(UnlockTimeSkippingRequest.getDefaultInstance());
    }
    temporal.sleep(time);
    for (int i = 0; i < waiting; i++) {
      server.lockTimeSkipping(LockTimeSkippingRequest.getDefaultInstance());
    }
  }
}
