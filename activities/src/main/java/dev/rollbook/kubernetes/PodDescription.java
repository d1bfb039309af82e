package dev.rollbook.kubernetes;

import dev.rollbook.Redaction;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A pod as {@code kubectl describe} tells of it, without any secret's value. */
final class PodDescription {

  private final ServicePod pod;
  private final Redaction redaction;

  PodDescription(ServicePod pod, Redaction redaction) {
    this.pod = pod;
    this.redaction = redaction;
  }

  /** Where it stands: conditions, and each container's state now and before. */
  String state() {
    return Stream.concat(
            Stream.of(
                "pod %s %s".formatted(pod.name(), pod.uid()),
                "  %s on node %s, since %s"
                    .formatted(
                        pod.words(),
                        pod.pod().getSpec().getNodeName(),
                        pod.pod().getMetadata().getCreationTimestamp())),
            Stream.concat(
                pod.conditions().stream().map(PodDescription::of),
                pod.statuses().stream().map(PodDescription::of)))
        .map(redaction::clean)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static String of(PodCondition condition) {
    return "  condition %s %s%s"
        .formatted(
            condition.getType(),
            condition.getStatus(),
            condition.getMessage() == null
                ? ""
                : " " + condition.getReason() + ": " + condition.getMessage());
  }

  private static String of(ContainerStatus status) {
    var last = status.getLastState();
    return "  container %s %s, %s, %d restarts, %s%s"
        .formatted(
            status.getName(),
            Boolean.TRUE.equals(status.getReady()) ? "ready" : "not ready",
            ServicePod.words(status.getState()),
            status.getRestartCount(),
            status.getImage() + " " + status.getImageID(),
            last == null || last.getTerminated() == null
                ? ""
                : "; before: ended " + ServicePod.ending(last.getTerminated()));
  }

  /** What it was told: image, command, limits, environment. */
  String spec() {
    return Stream.concat(
            pod.pod().getSpec().getInitContainers().stream(), pod.containers().stream())
        .flatMap(this::of)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private Stream<String> of(Container container) {
    String resources =
        container.getResources() == null
            ? "none"
            : "requests %s, limits %s"
                .formatted(
                    container.getResources().getRequests(), container.getResources().getLimits());
    return Stream.concat(
        Stream.of(
            "  container " + container.getName() + " image " + container.getImage(),
            "    resources " + resources,
            "    command "
                + redaction.clean(
                    Stream.concat(container.getCommand().stream(), container.getArgs().stream())
                        .collect(Collectors.joining(" ")))),
        container.getEnv().stream().map(this::of));
  }

  /** {@code NAME=value} each: one that looks like a secret loses its value. */
  private String of(EnvVar variable) {
    return "    "
        + (variable.getValueFrom() == null
            ? redaction.clean(variable.getName() + "=" + variable.getValue())
            : variable.getName() + " from " + source(variable.getValueFrom()));
  }

  private static String source(EnvVarSource source) {
    if (source.getSecretKeyRef() != null) {
      return "secret %s, key %s"
          .formatted(source.getSecretKeyRef().getName(), source.getSecretKeyRef().getKey());
    }
    if (source.getConfigMapKeyRef() != null) {
      return "config map %s, key %s"
          .formatted(source.getConfigMapKeyRef().getName(), source.getConfigMapKeyRef().getKey());
    }
    return "the pod itself";
  }
}
