package dev.rollbook.kubernetes;

import dev.rollbook.aftermath.HealthyVersion;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is behind the names of images, as far as anybody has seen it: the ids that pods run now, and
 * those on record from when a revision was healthy. A name alone may mean other bits by now, and
 * two names the same ones.
 */
final class KnownBits {

  private final List<ServicePod> pods;
  private final List<HealthyVersion> healthy;

  /**
   * @param pods of the workload, as they run now
   * @param healthy recorded by us
   */
  KnownBits(List<Pod> pods, List<HealthyVersion> healthy) {
    this.pods = pods.stream().map(ServicePod::new).toList();
    this.healthy = List.copyOf(healthy);
  }

  /** With the ids that they were seen to run when the revision was recorded healthy. */
  List<Image> recorded(Revision revision) {
    List<Image> seen =
        healthy.stream()
            .filter(known -> known.version().isSameAs(revision.version()))
            .findFirst()
            .map(HealthyVersion::images)
            .orElse(List.of());
    return revision.images().stream()
        .map(
            image ->
                seen.stream()
                    .filter(
                        it ->
                            it.container().equals(image.container())
                                && it.image().equals(image.image()))
                    .findFirst()
                    .orElse(image))
        .toList();
  }

  /** Whether all containers of both were seen to run the same, whatever it is called. */
  boolean areSame(Revision one, Revision other) {
    Map<String, String> ones = digests(one);
    return ones.size() == one.images().size() && ones.equals(digests(other));
  }

  /** By container. */
  private Map<String, String> digests(Revision revision) {
    Map<String, String> digests = new HashMap<>();
    pods.stream()
        .filter(pod -> WorkloadPods.isOf(pod.pod(), revision.hash()))
        .flatMap(pod -> pod.images(revision.images()).stream())
        .forEach(image -> digests.put(image.container(), digest(image.id())));
    recorded(revision).stream()
        .filter(image -> image.id() != null)
        .forEach(image -> digests.putIfAbsent(image.container(), digest(image.id())));
    return digests;
  }

  /**
   * A name that a revision was healthy with, and that brings other bits by now.
   *
   * @param known as it was on record
   * @param now an id that pods run under that name
   */
  record Moved(Image known, String now) {

    String words() {
      return "pods run %s as %s by now, and it was healthy as %s"
          .formatted(known.image(), now, known.id());
    }
  }

  /** Pods run other bits under one of its names, and none those on record. */
  Optional<Moved> moved(Revision revision) {
    return recorded(revision).stream()
        .filter(image -> image.id() != null)
        .flatMap(image -> moved(image).stream())
        .findFirst();
  }

  /** One that is on its way out was made when the name may have meant something else. */
  private Optional<Moved> moved(Image known) {
    List<String> running =
        pods.stream()
            .filter(pod -> !pod.isEnding() && !pod.hasEnded())
            .flatMap(pod -> pod.images().stream())
            .filter(image -> image.image().equals(known.image()))
            .map(Image::id)
            .toList();
    boolean isThere = running.stream().anyMatch(id -> digest(id).equals(digest(known.id())));
    return running.isEmpty() || isThere
        ? Optional.empty()
        : Optional.of(new Moved(known, running.get(0)));
  }

  /** Container runtimes write different things before it. */
  static String digest(String imageId) {
    return imageId.substring(imageId.lastIndexOf('@') + 1);
  }
}
