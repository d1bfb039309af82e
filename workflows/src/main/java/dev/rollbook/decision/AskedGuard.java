package dev.rollbook.decision;

import dev.rollbook.Journal;
import dev.rollbook.RollbackRequest;
import dev.rollbook.StepOptions;
import io.temporal.activity.ActivityOptions;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The guard, as one run asks it. A cancel of the run waits for the answer, which takes a moment.
 */
final class AskedGuard {

  private final RollbackRequest request;
  private final Alerts alerts;

  AskedGuard(RollbackRequest request, Alerts alerts) {
    this.request = request;
    this.alerts = alerts;
  }

  /**
   * @param from the id of the version that is rolled back; null: nothing is done yet
   * @param to the id of the version that runs then
   * @return not given when there is no answer
   */
  Permission mayRollBack(String from, String to) {
    List<Permission> answer = new ArrayList<>();
    trouble(() -> answer.add(guards("D2 May it be rolled back").mayRollBack(asked(from, to))))
        .map(
            trouble ->
                Permission.refused(
                    Permission.Refusal.UNKNOWN, "the guard could not be asked: " + trouble))
        .ifPresent(answer::add);
    return answer.get(0);
  }

  /**
   * So that the same alerts, sent again, ask nobody again.
   *
   * @return why it could not be done
   */
  Optional<String> remember() {
    return trouble(() -> guards("D3 Remember the decision").decided(asked(null, null)));
  }

  private static Optional<String> trouble(Runnable asks) {
    List<String> troubles = new ArrayList<>();
    Workflow.newDetachedCancellationScope(
            () -> {
              try {
                asks.run();
              } catch (ActivityFailure failure) {
                troubles.add(Journal.reason(failure));
              }
            })
        .run();
    return troubles.stream().findFirst();
  }

  private Asked asked(String from, String to) {
    return new Asked(
        Workflow.getInfo().getRunId(),
        request.service(),
        request.environment(),
        from,
        to,
        alerts.keys(),
        null);
  }

  private static Guards guards(String summary) {
    return Workflow.newActivityStub(
        Guards.class, ActivityOptions.newBuilder(StepOptions.guard()).setSummary(summary).build());
  }
}
