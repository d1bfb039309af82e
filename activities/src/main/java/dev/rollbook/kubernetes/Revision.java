package dev.rollbook.kubernetes;

import dev.rollbook.Version;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One state that a workload has had: a ReplicaSet of a Deployment, a ControllerRevision of the
 * others.
 *
 * @param hash as its pods are labelled: {@code pod-template-hash}, {@code controller-revision-hash}
 * @param number 0 when it carries none; changes when it becomes current again
 * @param template without {@code pod-template-hash}
 * @param changeCause null for none
 * @param pods how many it has; 0 for a ControllerRevision, which does not say
 * @param ready how many of these are
 */
record Revision(
    Workload kind,
    String uid,
    String name,
    String hash,
    long number,
    Instant created,
    PodTemplateSpec template,
    String changeCause,
    int pods,
    int ready) {

  private static final String STOPPED = "rollbook.dev/stopped";
  private static final String RESTARTED = "kubectl.kubernetes.io/restartedAt";

  /** Of its containers, init containers too, as the template says. */
  List<Image> images() {
    return Stream.concat(
            template.getSpec().getInitContainers().stream(),
            template.getSpec().getContainers().stream())
        .map(container -> new Image(container.getName(), container.getImage(), null))
        .toList();
  }

  /** Those of its containers, as the template says: {@code shopping-service:1.2.3}. */
  List<String> imageNames() {
    return images().stream().map(Image::image).toList();
  }

  /** {@code kubectl rollout restart} of the other, or the other way round: the same but for it. */
  boolean isRestartOf(Revision other) {
    return withoutRestart(template).equals(withoutRestart(other.template));
  }

  /** How a DaemonSet is stopped: by a node that does not exist. Nothing to go back to. */
  boolean isStopped() {
    Map<String, String> nodes = template.getSpec().getNodeSelector();
    return nodes != null && nodes.containsKey(STOPPED);
  }

  private static PodTemplateSpec withoutRestart(PodTemplateSpec template) {
    return new PodTemplateSpecBuilder(template)
        .editOrNewMetadata()
        .removeFromAnnotations(RESTARTED)
        .endMetadata()
        .build();
  }

  /** {@code revision 2 (shopping-service:1.2.3)}; the label of a ReplicaSet's or revision's UID. */
  Version version() {
    String label =
        (number > 0 ? "revision " + number : name)
            + template.getSpec().getContainers().stream()
                .map(container -> container.getImage())
                .collect(Collectors.joining(", ", " (", ")"));
    return kind == Workload.DEPLOYMENT
        ? Version.replicaSet(uid, label)
        : Version.controllerRevision(uid, label);
  }
}
