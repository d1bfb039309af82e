package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;
import dev.rollbook.Version;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import java.util.Comparator;
import java.util.List;

/**
 * The pods of one revision of a workload: by the hash they are labelled with, and then only those
 * that their ReplicaSet controls, or the workload itself; labels alone are anybody's.
 */
final class RevisionPods {

  private static final String TEMPLATE_HASH = "pod-template-hash";
  private static final String REVISION_HASH = "controller-revision-hash";

  private final Cluster cluster;
  private final KubernetesPin pin;
  private final String hash;
  private final String owner;

  private RevisionPods(Cluster cluster, KubernetesPin pin, String hash, Version revision) {
    this.cluster = cluster;
    this.pin = pin;
    this.hash = hash;
    this.owner = pin.workload() == Workload.DEPLOYMENT ? revision.id() : pin.uid();
  }

  static RevisionPods ofTarget(Cluster cluster, PinnedService service) {
    return new RevisionPods(
        cluster, service.kubernetes(), service.kubernetes().hash(), service.target());
  }

  static RevisionPods ofBad(Cluster cluster, PinnedService service) {
    return new RevisionPods(
        cluster, service.kubernetes(), service.kubernetes().badHash(), service.from());
  }

  /** By name; those on their way out too. */
  List<ServicePod> all() {
    String label = pin.workload() == Workload.DEPLOYMENT ? TEMPLATE_HASH : REVISION_HASH;
    return cluster
        .call(
            "list pods",
            client ->
                client.pods().inNamespace(pin.namespace()).withLabel(label, hash).list().getItems())
        .stream()
        .filter(pod -> Revisions.isControlledBy(pod, owner))
        .map(ServicePod::new)
        .sorted(Comparator.comparing(ServicePod::name))
        .toList();
  }

  /** Without those on their way out, and those that have ended and only lie about: evicted ones. */
  List<ServicePod> staying() {
    return all().stream().filter(pod -> !pod.isEnding() && !pod.hasEnded()).toList();
  }
}
