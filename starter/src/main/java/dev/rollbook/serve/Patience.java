package dev.rollbook.serve;

import dev.rollbook.decision.TimelyCalls;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.concurrent.Callable;

/** How long a person at a page waits for Temporal; a worker that is there answers sooner. */
final class Patience {

  static final long SECONDS = 5;

  private final TimelyCalls calls = new TimelyCalls(Duration.ofSeconds(SECONDS));

  /**
   * @throws WorkflowNotFoundException as the call says
   * @throws dev.rollbook.decision.TemporalAway for whatever Temporal's trouble is
   */
  <T> T ask(Callable<T> asks) {
    return calls.inTime(asks);
  }

  /**
   * @param update a person's word
   * @param over what the person is told when nobody is there any more to hear it
   * @throws dev.rollbook.decision.TemporalAway when it is not known whether it was heard
   */
  void say(Callable<String> update, String over) throws LinkForm.Refused {
    try {
      calls.inTime(update);
    } catch (WorkflowNotFoundException e) {
      throw new LinkForm.Refused(over);
    } catch (WorkflowUpdateException e) {
      throw new LinkForm.Refused(
          e.getCause() instanceof ApplicationFailure failure
              ? failure.getOriginalMessage()
              : "this word was not taken");
    }
  }
}
