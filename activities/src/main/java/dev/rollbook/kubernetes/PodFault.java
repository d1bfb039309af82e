package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.kubernetes.RolloutFault.Origin;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Why one pod of the target will not become ready, as far as the pod itself tells. */
final class PodFault {

  private static final Set<String> NO_IMAGE =
      Set.of(
          "ErrImagePull",
          "ImagePullBackOff",
          "InvalidImageName",
          "ErrImageNeverPull",
          "ImageInspectError",
          "RegistryUnavailable",
          "SignatureValidationFailed");
  private static final Set<String> NO_CONTAINER =
      Set.of("CreateContainerConfigError", "CreateContainerError", "RunContainerError");

  /** Another try will not help: anything else a registry or a runtime may say once. */
  private static final Pattern FOR_GOOD =
      Pattern.compile(
          "InvalidImageName|ErrImageNeverPull|not found|manifest unknown|denied|unauthorized|authorization failed");

  private static final int RESTARTS = 2;
  private static final Duration A_FEW_SECONDS = Duration.ofSeconds(4);

  /** The kubelet has tried a second time. */
  private static final Duration ANOTHER_TRY = Duration.ofSeconds(25);

  /** The scheduler looks again, and a node may come up again. */
  private static final Duration A_WHILE = Duration.ofSeconds(15);

  private static final String UNREACHABLE = "node.kubernetes.io/unreachable";

  private final ServicePod pod;
  private final int restarted;
  private final List<String> fallen;
  private final boolean roomComes;

  /**
   * @param restarted how often it was since we look at it: a pod of the target may be an old one
   * @param fallen pods of other revisions that were well and are not any more
   * @param roomComes pods of other revisions are ending, and hold their place until then
   */
  PodFault(ServicePod pod, int restarted, List<String> fallen, boolean roomComes) {
    this.pod = pod;
    this.restarted = restarted;
    this.fallen = fallen;
    this.roomComes = roomComes;
  }

  Optional<RolloutFault> find() {
    if (pod.isReady()) {
      return Optional.empty();
    }
    return pod.statuses().stream()
        .flatMap(status -> of(status).stream())
        .findFirst()
        .or(this::unschedulable)
        .or(this::onSilentNode);
  }

  private Optional<RolloutFault> of(ContainerStatus status) {
    String reason = waiting(status);
    if (NO_IMAGE.contains(reason)) {
      String what = "cannot get its image " + status.getImage();
      return Optional.of(fault(Origin.RELEASE, status, what, tried(status)));
    }
    if (NO_CONTAINER.contains(reason)) {
      return Optional.of(fault(Origin.RELEASE, status, "cannot be started", tried(status)));
    }
    // it runs between two crashes: what counts is how often it was started again
    boolean loops = restarted >= RESTARTS || reason.equals("CrashLoopBackOff");
    return loops && status.getRestartCount() >= RESTARTS && !isReady(status)
        ? Optional.of(crash(status))
        : Optional.empty();
  }

  /** Old pods that go down with the new ones are of another release: it is neither's fault. */
  private RolloutFault crash(ContainerStatus status) {
    String what = "crashes, " + restarts(status);
    return fallen.isEmpty()
        ? fault(Origin.RELEASE, status, what, Duration.ZERO)
        : fault(
            Origin.ENVIRONMENT,
            status,
            "%s, and pods of the other revision that were well go down with it, %s: what both need may be away"
                .formatted(what, String.join(", ", fallen)),
            A_WHILE);
  }

  private static Duration tried(ContainerStatus status) {
    boolean forGood = FOR_GOOD.matcher(ServicePod.words(status.getState())).find();
    return forGood ? A_FEW_SECONDS : ANOTHER_TRY;
  }

  private static boolean isReady(ContainerStatus status) {
    return Boolean.TRUE.equals(status.getReady());
  }

  private RolloutFault fault(Origin origin, ContainerStatus status, String what, Duration holds) {
    return new RolloutFault(
        origin,
        pod.uid() + "/" + status.getName(),
        "container %s of pod %s %s (%s)"
            .formatted(status.getName(), pod.name(), what, ServicePod.words(status.getState())),
        List.of(pod.uid()),
        holds);
  }

  /** {@code 2 restarts, the last time it ended with exit code 137 (OOMKilled)}. */
  private static String restarts(ContainerStatus status) {
    var last = status.getLastState() == null ? null : status.getLastState().getTerminated();
    return status.getRestartCount()
        + " restarts"
        + (last == null ? "" : ", the last time it ended " + ServicePod.ending(last));
  }

  private static String waiting(ContainerStatus status) {
    var state = status.getState();
    String reason =
        state == null || state.getWaiting() == null ? null : state.getWaiting().getReason();
    return reason == null ? "" : reason;
  }

  private Optional<RolloutFault> unschedulable() {
    return pod.conditions().stream()
        .filter(
            condition ->
                condition.getType().equals("PodScheduled")
                    && "Unschedulable".equals(condition.getReason()))
        .map(PodCondition::getMessage)
        .findFirst()
        .map(
            why ->
                new RolloutFault(
                    Origin.ENVIRONMENT,
                    pod.uid() + "/scheduling",
                    "no node takes pod " + pod.name() + " (" + why + ")",
                    List.of(pod.uid()),
                    A_WHILE))
        .map(fault -> roomComes ? fault.whileRoomComes() : fault);
  }

  /** Nobody has begun with it; or nobody but the node's own silence says that it is not ready. */
  private Optional<RolloutFault> onSilentNode() {
    String node = pod.pod().getSpec().getNodeName();
    boolean isBegun = !pod.statuses().isEmpty();
    boolean wasWell =
        pod.pod().getSpec().getReadinessGates().isEmpty() && pod.has("ContainersReady");
    return node == null || isBegun && !wasWell
        ? Optional.empty()
        : Optional.of(
            new RolloutFault(
                Origin.ENVIRONMENT,
                pod.uid() + "/node",
                (isBegun
                            ? "node %s, where pod %s was well, does not answer any more"
                            : "node %s has not begun with pod %s")
                        .formatted(node, pod.name())
                    + madeAnew(),
                List.of(pod.uid()),
                RolloutFault.HEALS_WITHIN));
  }

  /** What the cluster does about it by itself, and when. */
  private String madeAnew() {
    return pod.pod().getSpec().getTolerations().stream()
        .filter(it -> UNREACHABLE.equals(it.getKey()) && it.getTolerationSeconds() != null)
        .findFirst()
        .map(it -> Elapsed.describe(Duration.ofSeconds(it.getTolerationSeconds())))
        .map(" (it is made anew elsewhere when its node has been silent for %s)"::formatted)
        .orElse("");
  }
}
