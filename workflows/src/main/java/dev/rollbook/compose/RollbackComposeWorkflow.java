package dev.rollbook.compose;

import dev.rollbook.Abort;
import dev.rollbook.Approval;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Journal;
import dev.rollbook.Outcome;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Section;
import dev.rollbook.Verdict;
import dev.rollbook.Version;
import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.failure.ActivityFailure;
import io.temporal.workflow.Workflow;
import java.util.List;
import java.util.Optional;

/**
 * Section B: preflight, plan, evidence, B1 to B8. Everything that can be refused comes before the
 * stop, so that a service that serves some keeps serving until its good image is at hand.
 */
public final class RollbackComposeWorkflow extends Section implements RollbackCompose {

  private ComposeSteps steps;
  private Approval stackRestart;

  @Override
  public Run rollBack(RollbackRequest request) {
    return follow(request);
  }

  @Override
  protected void open(CatalogEntry entry) {
    steps = new ComposeSteps(live.journal(), entry);
    stackRestart = new Approval(live);
  }

  @Override
  protected Plan preflight(RollbackRequest request) {
    return steps.preflight(request);
  }

  @Override
  protected void rollBack(RollbackRequest request, Plan plan) {
    Runnable stopAfterFailure = () -> steps.stopAfterFailure(plan.pinned());
    if (request.begun()) {
      preparations.register(() -> steps.unpinImage(plan.pinned()));
      compensations.register(stopAfterFailure);
    }
    steps.keepPlan(request, plan);
    steps.captureEvidence(plan.pinned());
    PinnedService service = withImage(plan.pinned());
    if (!request.begun()) {
      preparations.register(() -> steps.unpinImage(service));
    }
    steps.pinImage(service);
    if (!request.begun()) {
      compensations.register(stopAfterFailure);
    }
    steps.stop(service);
    steps.restart(service);
    prove(service);
    live.end(Outcome.ROLLED_BACK, "runs " + service.target().describe() + ", healthy");
  }

  /** Option 1 has its image; option 2 builds it. */
  private PinnedService withImage(PinnedService service) {
    if (service.target().kind() == Version.Kind.COMMIT) {
      PinnedService built = service.withTarget(steps.rebuild(service));
      live.retargeted(built);
      return built;
    }
    steps.protectImages(service);
    return service;
  }

  private void prove(PinnedService service) {
    try {
      steps.prove(service);
    } catch (ActivityFailure failure) {
      if (!isUnstable(failure) || !stackIsRestarted(service)) {
        throw failure;
      }
      steps.prove(service);
    }
  }

  /** A newer deploy is nothing that another restart could mend: it is left alone. */
  private static boolean isUnstable(ActivityFailure failure) {
    return !Journal.isCancelled(failure) && !Journal.type(failure).equals("NewerDeploy");
  }

  /** The runbook's "롤백 후에도 서비스 불안정". */
  private boolean stackIsRestarted(PinnedService service) {
    Optional<ComposeHealth.Dependencies> dependencies = steps.dependencies(service);
    List<String> down = dependencies.map(ComposeHealth.Dependencies::down).orElse(List.of());
    if (dependencies.filter(each -> !each.databases().isEmpty()).isPresent()) {
      troubles.add(Trouble.DATABASE);
    }
    boolean restart =
        !down.isEmpty()
            && stackRestart.isGiven(
                ComposeSteps.RESTART_STACK,
                "Restart the whole stack "
                    + service.compose().project()
                    + "? Down: "
                    + String.join(", ", down),
                steps.approvalWithin());
    if (restart) {
      steps.restartStack(service, stackRestart.verdict());
    }
    return restart;
  }

  @Override
  public Run status() {
    return live == null ? null : live.snapshot();
  }

  @Override
  public String abort(Abort abort) {
    return abortedBy(abort);
  }

  @Override
  public String approve(Verdict verdict) {
    Workflow.await(() -> stackRestart != null);
    return stackRestart.decide(true, verdict);
  }

  @Override
  public String reject(Verdict verdict) {
    Workflow.await(() -> stackRestart != null);
    return stackRestart.decide(false, verdict);
  }

  @Override
  public void cutOff(Abort abort) {
    cutOffBy(abort);
  }
}
