package dev.rollbook.crash;

import dev.rollbook.Verdict;
import io.temporal.client.WorkflowClient;
import java.time.Duration;
import org.awaitility.Awaitility;

/** Who is asked, and says yes as soon as that is possible. */
final class Person {

  private Person() {}

  /** Of Section C, when its rollout is stuck. */
  static void allowsScaling(WorkflowClient client) {
    Thread person =
        new Thread(
            () ->
                Awaitility.await()
                    .pollInterval(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(200))
                    .ignoreExceptions()
                    .until(
                        () ->
                            client
                                    .newUntypedWorkflowStub(Section.KUBERNETES.id())
                                    .update(
                                        "approve",
                                        String.class,
                                        new Verdict("tester", "nobody shops at night"))
                                != null),
            "person");
    person.setDaemon(true);
    person.start();
  }
}
