package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesPin.Image;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A pod as the cluster has it at one moment. */
record ServicePod(Pod pod) {

  String name() {
    return pod.getMetadata().getName();
  }

  String uid() {
    return pod.getMetadata().getUid();
  }

  String namespace() {
    return pod.getMetadata().getNamespace();
  }

  String phase() {
    return pod.getStatus().getPhase() == null ? "Unknown" : pod.getStatus().getPhase();
  }

  /** It was told to go. */
  boolean isEnding() {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  /** It will not run again, and is counted no more: evicted, for example. */
  boolean hasEnded() {
    return phase().equals("Failed") || phase().equals("Succeeded");
  }

  /** As the cluster sees it, readiness gates included. */
  boolean isReady() {
    return has("Ready");
  }

  boolean has(String condition) {
    return conditions().stream()
        .anyMatch(it -> it.getType().equals(condition) && it.getStatus().equals("True"));
  }

  List<PodCondition> conditions() {
    return pod.getStatus().getConditions();
  }

  /** As the spec has them. */
  List<Container> containers() {
    return pod.getSpec().getContainers();
  }

  /** Init containers first, as they run. */
  List<ContainerStatus> statuses() {
    return Stream.concat(
            pod.getStatus().getInitContainerStatuses().stream(),
            pod.getStatus().getContainerStatuses().stream())
        .toList();
  }

  Optional<ContainerStatus> status(String container) {
    return statuses().stream().filter(it -> it.getName().equals(container)).findFirst();
  }

  int restarts() {
    return statuses().stream().mapToInt(ContainerStatus::getRestartCount).sum();
  }

  /** What its containers really run, those without an image yet left out. */
  List<Image> images() {
    return statuses().stream()
        .filter(status -> status.getImageID() != null && !status.getImageID().isEmpty())
        .map(status -> new Image(status.getName(), named(status), status.getImageID()))
        .toList();
  }

  /** Those of the template's containers: what is injected beside them is another one's release. */
  List<Image> images(List<Image> template) {
    Set<String> own = template.stream().map(Image::container).collect(Collectors.toSet());
    return images().stream().filter(image -> own.contains(image.container())).toList();
  }

  /** As the spec names it: the status may name the same image otherwise. */
  private String named(ContainerStatus status) {
    return Stream.concat(pod.getSpec().getInitContainers().stream(), containers().stream())
        .filter(container -> container.getName().equals(status.getName()))
        .map(Container::getImage)
        .findFirst()
        .orElse(status.getImage());
  }

  /** {@code Running, not ready: containers with unready status: [shop]; 2 restarts}. */
  String words() {
    String ready = isReady() ? ", ready" : ", not ready" + why().map(it -> ": " + it).orElse("");
    int restarts = restarts();
    return (isEnding() ? "Terminating" : phase())
        + ready
        + (restarts == 0 ? "" : "; " + restarts + (restarts == 1 ? " restart" : " restarts"));
  }

  /** A container that waits says more than the pod's condition. */
  private Optional<String> why() {
    Optional<String> waiting =
        statuses().stream()
            .filter(status -> status.getState() != null && status.getState().getWaiting() != null)
            .map(status -> status.getName() + " " + words(status.getState()))
            .findFirst();
    return waiting.or(
        () ->
            conditions().stream()
                .filter(it -> !it.getStatus().equals("True") && it.getMessage() != null)
                .map(it -> (it.getReason() == null ? "" : it.getReason() + ": ") + it.getMessage())
                .findFirst());
  }

  /** {@code waiting: ImagePullBackOff: Back-off pulling image …}. */
  static String words(ContainerState state) {
    if (state == null) {
      return "unknown";
    }
    if (state.getWaiting() != null) {
      return Stream.of("waiting", state.getWaiting().getReason(), state.getWaiting().getMessage())
          .filter(part -> part != null && !part.isEmpty())
          .collect(Collectors.joining(": "));
    }
    if (state.getTerminated() != null) {
      return "ended " + ending(state.getTerminated());
    }
    return state.getRunning() == null
        ? "unknown"
        : "running since " + state.getRunning().getStartedAt();
  }

  /** {@code with exit code 137 (OOMKilled) at 2026-11-23T05:17:00Z}. */
  static String ending(ContainerStateTerminated ended) {
    return "with exit code "
        + ended.getExitCode()
        + (ended.getReason() == null ? "" : " (" + ended.getReason() + ")")
        + (ended.getFinishedAt() == null ? "" : " at " + ended.getFinishedAt())
        + (ended.getMessage() == null ? "" : ": " + ended.getMessage().strip());
  }
}
