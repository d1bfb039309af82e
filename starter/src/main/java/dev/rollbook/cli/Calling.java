package dev.rollbook.cli;

import dev.rollbook.WorkflowIds;
import dev.rollbook.escalation.Escalation;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowServiceException;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * People are called by a worker. Where that is this process, it stays until what is due is out, and
 * says what it takes that they are called again.
 */
final class Calling {

  private static final long LOOK_MILLIS = 250;

  /** A channel is tried for 90 s; a person waits no longer for more than that. */
  private static final Duration OUT_WITHIN = Duration.ofMinutes(2);

  private final Session session;
  private final Terminal terminal;
  private final String service;
  private final String environment;
  private final WorkflowStub escalation;

  Calling(Session session, Terminal terminal, String service, String environment) {
    this.session = session;
    this.terminal = terminal;
    this.service = service;
    this.environment = environment;
    this.escalation =
        session.client().newUntypedWorkflowStub(WorkflowIds.escalation(service, environment));
  }

  void untilOut() throws InterruptedException {
    if (!session.works() || !isUnderWay()) {
      return;
    }
    Instant latest = Instant.now().plus(OUT_WITHIN);
    try {
      Escalation standing = standing();
      while (!isOut(standing) && Instant.now().isBefore(latest)) {
        terminal.tick("… people are being called");
        Thread.sleep(LOOK_MILLIS);
        standing = standing();
      }
      sayWhatIsNext(standing);
    } catch (WorkflowNotFoundException closedMeanwhile) {
      return;
    } catch (WorkflowServiceException unknown) {
      terminal.say("whether people have been called is not known: " + unknown.getMessage());
    }
  }

  private boolean isUnderWay() {
    return session.catalog().serviceCatalog().find(service, environment).escalates()
        && session.isOpen(escalation.getExecution().getWorkflowId());
  }

  private Escalation standing() {
    return escalation.query("status", Escalation.class);
  }

  private boolean isOut(Escalation standing) {
    if (standing == null || !isLater(standing.nextCallAt())) {
      return false;
    }
    return escalation.describe().getRawDescription().getPendingActivitiesCount() == 0;
  }

  private static boolean isLater(Instant call) {
    return call == null || call.isAfter(Instant.now());
  }

  private void sayWhatIsNext(Escalation standing) {
    if (standing == null || standing.nextCallAt() == null) {
      return;
    }
    terminal.say(
        session.engine().keepsHistory()
            ? "the next call is due at %s, and takes a worker: start `rollbook worker`, or answer with `rollbook ack %s -e %s`"
                .formatted(
                    standing.nextCallAt().truncatedTo(ChronoUnit.SECONDS), service, environment)
            : "nobody is called any more once this engine has ended, which is now: call people yourself");
  }
}
