package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;

/**
 * The workload's template and how far its controller is with it. Every write is guarded by {@code
 * test} on uid and generation: whoever writes between our look and our write wins.
 */
@ActivityInterface(namePrefix = "KubernetesRollout")
public interface KubernetesRollout {

  /**
   * C1: the revisions with change cause, images, age, ready pods, health recorded by us. Reads
   * only.
   *
   * @throws io.temporal.failure.ApplicationFailure TargetMissing when the pinned revision is gone
   */
  StepReport history(PinnedService service);

  /**
   * What the rollback will destroy: pod states, events, last and previous logs of the bad
   * revision's pods. Reads only.
   */
  StepReport captureEvidence(PinnedService service);

  /**
   * C2: the workload's template is the pinned revision's; replicas are left alone, unless an
   * earlier run of ours stopped the service: then they are what they were before. Of a StatefulSet,
   * the pod that is stuck on another revision is removed. Already so is success.
   *
   * @param by who asked for the rollback, for the annotations
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when neither the bad nor the target
   *     template is there; Reverted when the bad one is back before a stuck pod is removed; Paused;
   *     TargetMissing; PermissionDenied; NotAdmitted in the words of a policy or webhook; Stopped
   *     when this very plan has ended with the service stopped
   */
  StepReport undo(PinnedService service, String by, String why);

  /**
   * C3: the controller has seen the change, all wanted pods are of the target and available, no
   * other is left.
   *
   * @throws io.temporal.failure.ApplicationFailure RolloutStuck saying why (image, crash, probe,
   *     quota, unschedulable, …) with the event lines; EnvironmentBroken instead when it is no
   *     fault of the release but of nodes, quotas or what else is there; DatabaseDown instead when
   *     a pod that does not get ready says so itself; Unverified when no pod is wanted; Paused;
   *     Reverted, naming who did it, when the bad version is back; NewerDeploy; TargetMissing
   */
  StepReport awaitRollout(PinnedService service);

  /**
   * The runbook's "수동 스케일 조정", first half: records the wanted count on the workload, then scales to
   * 0 and waits until no pod is left. The first count recorded counts.
   *
   * @throws io.temporal.failure.ApplicationFailure NotScalable for a DaemonSet; NewerDeploy;
   *     StillRunning when a pod does not end; Stopped
   */
  StepReport scaleToZero(PinnedService service);

  /**
   * The second half: the recorded count is wanted again, and the record is taken away; also of what
   * somebody has deployed meanwhile.
   *
   * @throws io.temporal.failure.ApplicationFailure NotScalable for a DaemonSet; NewerDeploy;
   *     Stopped
   */
  StepReport scaleBack(PinnedService service);

  /**
   * C9: for as long as a reconciler needs to come round, the workload keeps the pinned template.
   *
   * @throws io.temporal.failure.ApplicationFailure Reverted, naming who did it; NewerDeploy when it
   *     is neither the target nor the bad one
   */
  StepReport watchKept(PinnedService service);

  /**
   * A failed rollback's end: no pod of the workload runs, the wanted count is recorded on it, and
   * nothing of this plan can start one again.
   *
   * @throws io.temporal.failure.ApplicationFailure StillRunning when a pod does not end;
   *     NewerDeploy when somebody deployed meanwhile: that goes on, with the recorded count when
   *     {@link #scaleToZero} had taken its pods
   */
  StepReport stopAfterFailure(PinnedService service);
}
