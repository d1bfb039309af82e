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
  IN_E1("KubernetesRolloutCaptureEvidence"),
  AFTER_E1("KubernetesRolloutCaptureEvidence"),
  IN_C2(now -> says(now, "run")),
  AFTER_C2("KubernetesRolloutUndo"),
  IN_C3("KubernetesRolloutAwaitRollout"),
  AFTER_C3("KubernetesRolloutAwaitRollout"),
  IN_C4("KubernetesPodsAwaitStable"),
  IN_C5("KubernetesPodsCheckLogs"),
  IN_C6("KubernetesPodsAwaitEndpoints"),
  IN_C7("KubernetesPodsAwaitHealthy"),
  IN_C8("HealthVerify"),
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

  /** Whether what the step asks next is to be held, so that it is caught in the middle. */
  boolean isInside() {
    return name().startsWith("IN_") && change.isEmpty();
  }

  boolean isUnderWay(WorkflowClient client) {
    return section.isUnderWay(client, activity.orElseThrow());
  }

  boolean isCompleted(WorkflowClient client) {
    return section.hasCompleted(client, activity.orElseThrow());
  }

  private static boolean says(Deployment now, String annotation) {
    return WorkloadWatch.annotations(now).containsKey("rollbook.dev/" + annotation);
  }
}
