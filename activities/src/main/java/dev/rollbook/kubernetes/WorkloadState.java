package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A workload as the cluster has it at one moment, the same words for all three kinds.
 *
 * @param object the whole of it
 * @param template what new pods are made from
 * @param paused only a Deployment can be
 * @param wanted how many pods; of a DaemonSet, on how many nodes
 * @param counts what its controller says of the rollout
 */
record WorkloadState(
    Workload kind,
    HasMetadata object,
    LabelSelector selector,
    PodTemplateSpec template,
    boolean paused,
    int wanted,
    Counts counts) {

  /**
   * @param observed the generation that the controller has seen
   * @param total pods there are, old and new
   * @param revision what new pods are labelled with, of a StatefulSet; null for the others
   */
  record Counts(long observed, int total, int updated, int ready, int available, String revision) {}

  /** Empty when there is none of that name. */
  static Optional<WorkloadState> find(
      Cluster cluster, String namespace, Workload kind, String name) {
    return cluster
        .find(
            "get " + resource(kind, name), client -> resource(client, kind, namespace, name).get())
        .map(WorkloadState::of);
  }

  static Resource<? extends HasMetadata> resource(
      KubernetesClient client, Workload kind, String namespace, String name) {
    return switch (kind) {
      case DEPLOYMENT -> client.apps().deployments().inNamespace(namespace).withName(name);
      case STATEFULSET -> client.apps().statefulSets().inNamespace(namespace).withName(name);
      case DAEMONSET -> client.apps().daemonSets().inNamespace(namespace).withName(name);
    };
  }

  static WorkloadState of(HasMetadata object) {
    if (object instanceof Deployment deployment) {
      return of(deployment);
    }
    return object instanceof StatefulSet set ? of(set) : of((DaemonSet) object);
  }

  private static WorkloadState of(Deployment deployment) {
    var spec = deployment.getSpec();
    var status = deployment.getStatus();
    return new WorkloadState(
        Workload.DEPLOYMENT,
        deployment,
        spec.getSelector(),
        spec.getTemplate(),
        Boolean.TRUE.equals(spec.getPaused()),
        orElse(spec.getReplicas(), 1),
        new Counts(
            orZero(status == null ? null : status.getObservedGeneration()),
            orElse(status == null ? null : status.getReplicas(), 0),
            orElse(status == null ? null : status.getUpdatedReplicas(), 0),
            orElse(status == null ? null : status.getReadyReplicas(), 0),
            orElse(status == null ? null : status.getAvailableReplicas(), 0),
            null));
  }

  private static WorkloadState of(StatefulSet set) {
    var spec = set.getSpec();
    var status = set.getStatus();
    return new WorkloadState(
        Workload.STATEFULSET,
        set,
        spec.getSelector(),
        spec.getTemplate(),
        false,
        orElse(spec.getReplicas(), 1),
        new Counts(
            orZero(status == null ? null : status.getObservedGeneration()),
            orElse(status == null ? null : status.getReplicas(), 0),
            orElse(status == null ? null : status.getUpdatedReplicas(), 0),
            orElse(status == null ? null : status.getReadyReplicas(), 0),
            orElse(status == null ? null : status.getAvailableReplicas(), 0),
            status == null ? null : status.getUpdateRevision()));
  }

  private static WorkloadState of(DaemonSet set) {
    var spec = set.getSpec();
    var status = set.getStatus();
    return new WorkloadState(
        Workload.DAEMONSET,
        set,
        spec.getSelector(),
        spec.getTemplate(),
        false,
        orElse(status == null ? null : status.getDesiredNumberScheduled(), 0),
        new Counts(
            orZero(status == null ? null : status.getObservedGeneration()),
            orElse(status == null ? null : status.getCurrentNumberScheduled(), 0),
            orElse(status == null ? null : status.getUpdatedNumberScheduled(), 0),
            orElse(status == null ? null : status.getNumberReady(), 0),
            orElse(status == null ? null : status.getNumberAvailable(), 0),
            null));
  }

  /** {@code deployment/shopping-service}, as kubectl writes it. */
  String resource() {
    return resource(kind, name());
  }

  private static String resource(Workload kind, String name) {
    return kind.kind().toLowerCase(Locale.ROOT) + "/" + name;
  }

  String name() {
    return object.getMetadata().getName();
  }

  String namespace() {
    return object.getMetadata().getNamespace();
  }

  String uid() {
    return object.getMetadata().getUid();
  }

  long generation() {
    return orZero(object.getMetadata().getGeneration());
  }

  /** The controller has seen the newest of what was written. */
  boolean isObserved() {
    return counts.observed() >= generation();
  }

  Map<String, String> annotations() {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations == null ? Map.of() : annotations;
  }

  Map<String, String> labels() {
    Map<String, String> labels = object.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  private static int orElse(Integer count, int otherwise) {
    return count == null ? otherwise : count;
  }

  private static long orZero(Long count) {
    return count == null ? 0 : count;
  }
}
