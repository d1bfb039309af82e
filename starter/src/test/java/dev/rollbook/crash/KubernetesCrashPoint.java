package dev.rollbook.crash;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.temporal.client.WorkflowClient;
import java.util.Optional;
import java.util.function.Predicate;

/** A moment of Section C: in the middle of a step, or right after one. */
enum KubernetesCrashPoint {
  IN_P1("KubernetesPreflightInspect"),
  AFTER_P1("KubernetesPreflightInspect"),
  IN_C1("KubernetesRolloutHistory"),
  AFTER_C1("KubernetesRolloutHistory"),
  IN_E1("KubernetesRolloutCaptureEvidence"),
  AFTER_E1("KubernetesRolloutCaptureEvidence"),
  IN_C2(now -> says(now, "run")),
  AFTER_C2("KubernetesRolloutUndo"),
  IN_C3("KubernetesRolloutAwaitRollout"),
  AFTER_C3("KubernetesRolloutAwaitRollout"),
  IN_C4("KubernetesPodsAwaitStable"),
  AFTER_C4("KubernetesPodsAwaitStable"),
  IN_C5("KubernetesPodsCheckLogs"),
  AFTER_C5("KubernetesPodsCheckLogs"),
  IN_C6("KubernetesPodsAwaitEndpoints"),
  AFTER_C6("KubernetesPodsAwaitEndpoints"),
  IN_C7("KubernetesPodsAwaitHealthy"),
  AFTER_C7("KubernetesPodsAwaitHealthy"),
  IN_C8("HealthVerify"),
  AFTER_C8("HealthVerify"),
  IN_C9("KubernetesRolloutWatchKept"),
  AFTER_C9("KubernetesRolloutWatchKept"),
  IN_C10(now -> says(now, "replicas")),
  AFTER_C10("KubernetesRolloutScaleToZero"),
  IN_C11(now -> !says(now, "replicas") && says(now, "run") && now.getSpec().getReplicas() > 0),
  AFTER_C11("KubernetesRolloutScaleBack"),
  IN_S1(now -> says(now, "stopped-by")),
  AFTER_S1("KubernetesRolloutStopAfterFailure"),
  AFTER_H1(Section.PRODUCTION, "HealthyVersionsRecord");

  private final Section section;
  private final Optional<String> activity;
  private final Optional<Predicate<Deployment>> change;

  KubernetesCrashPoint(String activity) {
    this(Section.KUBERNETES, activity);
  }

  KubernetesCrashPoint(Section section, String activity) {
    this.section = section;
    this.activity = Optional.of(activity);
    this.change = Optional.empty();
  }

  KubernetesCrashPoint(Predicate<Deployment> change) {
    this.section = Section.KUBERNETES;
    this.activity = Optional.empty();
    this.change = Optional.of(change);
  }

  /** Empty unless the cluster's own word is waited for, which nothing else can hit in time. */
  Optional<Predicate<Deployment>> change() {
    return change;
  }

  /**
   * Whether what is asked of the cluster next is held for ever: the worker might be far beyond the
   * moment before it is killed.
   */
  boolean isHeld() {
    return switch (this) {
      case AFTER_C9, AFTER_S1, AFTER_H1 -> false; // nothing is asked any more
      default -> change.isEmpty();
    };
  }

  /** Which of its questions is held: after a step the next one's first, within one its second. */
  int question() {
    // C8 asks once
    return name().startsWith("AFTER_") || this == IN_C8 ? 1 : 2;
  }

  /** In the middle of the step, or with the step on record. */
  boolean isReached(WorkflowClient client) {
    String step = activity.orElseThrow();
    return name().startsWith("IN_")
        ? section.isUnderWay(client, step)
        : section.hasCompleted(client, step);
  }

  private static boolean says(Deployment now, String annotation) {
    return WorkloadWatch.annotations(now).containsKey("rollbook.dev/" + annotation);
  }
}
