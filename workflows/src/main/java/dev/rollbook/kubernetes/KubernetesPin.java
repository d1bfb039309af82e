package dev.rollbook.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What was pinned of a Kubernetes workload. The target's own identity is {@link
 * dev.rollbook.Version#id}: the UID of its ReplicaSet or ControllerRevision, never a revision
 * number, since an undo renumbers.
 *
 * @param uid the workload's: another one of the same name is another workload
 * @param revision the target's name, {@code shopping-service-7d8f9c5b6}
 * @param hash as the target's pods are labelled: {@code pod-template-hash} of a Deployment's,
 *     {@code controller-revision-hash} of the others'
 * @param number the target's revision number when planned; for people, never to act on
 * @param images those of the target's template
 * @param badRevision the name of what ran when planned
 * @param badHash as its pods are labelled
 * @param replicas how many were wanted when planned; of a DaemonSet, how many nodes
 * @param reconciledEvery how often what manages the workload usually comes round, and may put the
 *     bad version back; null where nothing is known to
 */
public record KubernetesPin(
    String namespace,
    Workload workload,
    String name,
    String uid,
    String revision,
    String hash,
    long number,
    List<Image> images,
    String badRevision,
    String badHash,
    int replicas,
    Duration reconciledEvery) {

  /** Of a workload that nothing is known to manage. */
  public KubernetesPin(
      String namespace,
      Workload workload,
      String name,
      String uid,
      String revision,
      String hash,
      long number,
      List<Image> images,
      String badRevision,
      String badHash,
      int replicas) {
    this(
        namespace,
        workload,
        name,
        uid,
        revision,
        hash,
        number,
        images,
        badRevision,
        badHash,
        replicas,
        null);
  }

  /** What kind of workload it is; all of {@code apps/v1}. */
  public enum Workload {
    DEPLOYMENT("Deployment"),
    STATEFULSET("StatefulSet"),
    DAEMONSET("DaemonSet");

    private final String kind;

    Workload(String kind) {
      this.kind = kind;
    }

    /** As Kubernetes writes it: {@code StatefulSet}. */
    public String kind() {
      return kind;
    }
  }

  /**
   * What one container of the template runs.
   *
   * @param image as the template says: a tag may mean something else by now
   * @param id the {@code imageID} that its pods were seen to run when they were healthy; null when
   *     that is not known
   */
  public record Image(String container, String image, String id) {}

  public KubernetesPin {
    images = images == null ? List.of() : List.copyOf(images);
  }

  /** {@code deployment/shopping-service}, as kubectl writes it. */
  public String resource() {
    return workload.name().toLowerCase(Locale.ROOT) + "/" + name;
  }

  /** The same, with images as they were seen to run. */
  public KubernetesPin withImages(List<Image> seen) {
    return new KubernetesPin(
        namespace,
        workload,
        name,
        uid,
        revision,
        hash,
        number,
        seen,
        badRevision,
        badHash,
        replicas,
        reconciledEvery);
  }
}
