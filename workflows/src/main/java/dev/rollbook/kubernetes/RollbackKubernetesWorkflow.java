package dev.rollbook.kubernetes;

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
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.Workflow;
import java.util.Set;

/**
 * Section C: preflight, plan, history, evidence, C2 to C8, and a last look whether anybody put the
 * bad version back.
 */
public final class RollbackKubernetesWorkflow extends Section implements RollbackKubernetes {

  private static final Set<String> REFUSED =
      Set.of("Paused", "TargetMissing", "PermissionDenied", "NotAdmitted");
  private static final Set<String> STUCK = Set.of("RolloutStuck", "EnvironmentBroken");

  private KubernetesSteps steps;
  private Approval scaling;

  @Override
  public Run rollBack(RollbackRequest request) {
    return follow(request);
  }

  @Override
  protected void open(CatalogEntry entry) {
    steps = new KubernetesSteps(live.journal(), entry);
    scaling = new Approval(live);
  }

  @Override
  protected Plan preflight(RollbackRequest request) {
    return steps.preflight(request);
  }

  @Override
  protected void rollBack(RollbackRequest request, Plan plan) {
    PinnedService service = plan.pinned();
    Runnable stopAfterFailure = () -> steps.stopAfterFailure(service);
    if (request.begun()) {
      compensations.register(stopAfterFailure);
    }
    steps.keepPlan(request, plan);
    steps.lookAtHistory(service);
    steps.captureEvidence(service);
    if (!request.begun()) {
      compensations.register(stopAfterFailure);
    }
    undo(service, request);
    awaitRollout(service);
    live.retargeted(steps.prove(service));
    String unwatched = isWatched(service) ? "" : "; not watched to the end whether it stays";
    live.end(Outcome.ROLLED_BACK, "runs " + service.target().describe() + ", healthy" + unwatched);
  }

  /**
   * What is refused here has not been touched, and goes on as it is; unless the run was cut off
   * before: then nobody knows.
   */
  private void undo(PinnedService service, RollbackRequest request) {
    try {
      steps.undo(service, request);
    } catch (ActivityFailure failure) {
      if (!request.begun() && REFUSED.contains(Journal.type(failure))) {
        compensations.clear();
      }
      throw failure;
    }
  }

  /** False when an abort has cut the watch off: the service is back by then, and is left so. */
  private boolean isWatched(PinnedService service) {
    try {
      steps.watchKept(service);
      return true;
    } catch (TemporalFailure failure) {
      if (isAborted(failure)
          && Workflow.getVersion("an abort ends the watch", Workflow.DEFAULT_VERSION, 1) == 1) {
        return false;
      }
      throw failure;
    }
  }

  /** The runbook's "Kubernetes 롤백이 진행되지 않음". */
  private void awaitRollout(PinnedService service) {
    try {
      steps.awaitRollout(service);
    } catch (ActivityFailure failure) {
      if (!isStuck(failure) || !isScaled(service, failure)) {
        throw failure;
      }
      steps.awaitRollout(service);
    }
  }

  private static boolean isStuck(ActivityFailure failure) {
    return STUCK.contains(Journal.type(failure));
  }

  private boolean isScaled(PinnedService service, ActivityFailure failure) {
    boolean scale =
        service.kubernetes().workload() != KubernetesPin.Workload.DAEMONSET
            && scaling.isGiven(
                KubernetesSteps.SCALE,
                "Scale "
                    + service.kubernetes().resource()
                    + " to 0 and back? "
                    + Journal.reason(failure),
                steps.approvalWithin());
    if (scale) {
      steps.scaleToZeroAndBack(service, scaling.verdict());
    }
    return scale;
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
    Workflow.await(() -> scaling != null);
    return scaling.decide(true, verdict);
  }

  @Override
  public String reject(Verdict verdict) {
    Workflow.await(() -> scaling != null);
    return scaling.decide(false, verdict);
  }

  @Override
  public void cutOff(Abort abort) {
    cutOffBy(abort);
  }
}
