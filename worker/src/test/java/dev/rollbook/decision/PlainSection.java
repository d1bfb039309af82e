package dev.rollbook.decision;

import dev.rollbook.Abort;
import dev.rollbook.Outcome;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Version;
import dev.rollbook.local.RollbackLocal;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.List;

/** Section A at once, without a step: what is recorded is the run around it. */
public final class PlainSection implements RollbackLocal {

  @Override
  public Run rollBack(RollbackRequest request) {
    Version bad = Version.commit("3".repeat(40), "v3");
    Version good = Version.commit("2".repeat(40), "v2");
    PinnedService pinned =
        new PinnedService(
            request.service(), request.environment(), "plan-1", bad, good, null, null, null);
    Plan plan = new Plan(pinned, false, List.of(), List.of());
    Instant now = Instant.ofEpochMilli(Workflow.currentTimeMillis());
    return new Run(
        Workflow.getInfo().getWorkflowId(),
        request.service(),
        request.environment(),
        "A",
        request.dryRun() ? null : Outcome.ROLLED_BACK,
        "as told",
        bad,
        good,
        plan,
        now,
        now,
        null,
        null,
        null,
        null,
        List.of(),
        List.of());
  }

  @Override
  public Run status() {
    return null;
  }

  @Override
  public String abort(Abort abort) {
    return "too late";
  }

  @Override
  public void cutOff(Abort abort) {}
}
