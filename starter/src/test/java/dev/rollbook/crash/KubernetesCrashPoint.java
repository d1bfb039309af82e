package dev.rollbook.crash;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.temporal.client.WorkflowClient;
import java.util.Optional;
import java.util.function.Predicate;

/** A moment of Section C: in the middle of a step, or right after one. */
enum KubernetesCrashPoint {
  AFTER_P2("RunJournalKeepPlan"),
  AFTER_C1("KubernetesRolloutHistory"),
  AFTER_E1("KubernetesRolloutCaptureEvidence"),
  IN_C2(now -> says(now, "run")),
  AFTER_C2("KubernetesRolloutUndo"),
  IN_C3("KubernetesRolloutAwaitRollout"),
  AFTER_C3("KubernetesRolloutAwaitRollout"),
  IN_C4("KubernetesPodsAwaitStable"),
  AFTER_C4("KubernetesPodsAwaitStable"),
  AFTER_C5("KubernetesPodsCheckLogs"),
  AFTER_C6("KubernetesPodsAwaitEndpoints"),
  IN_C7("KubernetesPodsAwaitHealthy"),
  AFTER_C7("KubernetesPodsAwaitHealthy"),
  AFTER_C8("HealthVerify"),
  IN_C9("KubernetesRolloutWatchKept"),
  IN_C10(now -> says(now, "replicas")),
  AFTER_C10("KubernetesRolloutScaleToZero"),
  IN_C11(now -> !says(now, "replicas") && says(now, "run") && now.getSpec().getReplicas() > 0),
  IN_S1(now -> says(now, "stopped-by"));

  private final Optional<String> activity;
  private final Optional<Predicate<Deployment>> change;

  KubernetesCrashPoint(String activity) {
    this.activity = Optional.of(activity);
    this.change = Optional.empty();
  }

  KubernetesCrashPoint(Predicate<Deployment> change) {
    this.activity = Optional.empty();
    this.change = Optional.of(change);
  }

  /** Empty unless the cluster's own word is waited for, which nothing else can hit in time. */
  Optional<Predicate<Deployment>> change() {
    return change;
  }

  boolean isReached(WorkflowClient client) {
    String step = activity.orElseThrow();
    return name().startsWith("IN_") && Section.KUBERNETES.isBeating(client, step)
        || Section.KUBERNETES.hasCompleted(client, step);
  }

  private static boolean says(Deployment now, String annotation) {
    return WorkloadWatch.annotations(now).containsKey("rollbook.dev/" + annotation);
  }
}
