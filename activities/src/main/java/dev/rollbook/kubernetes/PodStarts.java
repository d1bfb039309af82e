package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StartLines;
import dev.rollbook.local.Pause;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.temporal.failure.ApplicationFailure;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * C5: the log of every pod of the target has the start line and no error line. Only of the
 * container that runs now: what was printed before a restart is another start's.
 */
final class PodStarts {

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);
  private static final int SHOWN_BYTES = 12 * 1024;

  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final PodLogs logs;
  private final RevisionPods target;
  private final Redaction redaction;
  private final Duration left;
  private final Heartbeat heartbeat;

  /** What those that have started said, by container ID: one that is replaced has to say it too. */
  private final Map<String, String> started = new LinkedHashMap<>();

  /**
   * @param spent by earlier attempts
   */
  PodStarts(
      PinnedService service,
      KubernetesEnvironment environment,
      Cluster cluster,
      Redaction redaction,
      Duration spent,
      Heartbeat heartbeat) {
    this.service = service;
    this.environment = environment;
    this.logs = new PodLogs(cluster);
    this.target = RevisionPods.ofTarget(cluster, service);
    this.redaction = redaction;
    this.left = environment.startWithin().minus(spent);
    this.heartbeat = heartbeat;
  }

  /** Returns what each pod said, when all have started: one line each. */
  List<String> await() {
    long deadline = System.nanoTime() + left.toNanos();
    while (true) {
      List<ServicePod> pods = target.staying();
      pods.forEach(this::look);
      if (!pods.isEmpty() && pods.stream().allMatch(this::hasStarted)) {
        return pods.stream().map(pod -> pod.name() + ": " + started.get(id(pod))).toList();
      }
      if (System.nanoTime() > deadline) {
        throw notReady(pods);
      }
      heartbeat.beat(
          "%d of %d pods started"
              .formatted(pods.stream().filter(this::hasStarted).count(), pods.size()));
      Pause.of(LOOK_EVERY);
    }
  }

  private boolean hasStarted(ServicePod pod) {
    return started.containsKey(id(pod));
  }

  private void look(ServicePod pod) {
    if (hasStarted(pod)) {
      return;
    }
    Optional<String> log = logs.ofThisStart(pod, container(pod));
    StartLines lines = lines(log);
    if (lines.hasErrors()) {
      refuse(pod);
    } else if (lines.hasStarted()) {
      started.put(id(pod), lines.started(redaction).orElse(""));
    } else if (log.isPresent() && beginsTooLate(pod, log.get())) {
      started.put(
          id(pod),
          "what its node keeps of its log begins too long after its start; whether it has started is left to the health check");
    }
  }

  /** A stack trace follows its message. */
  private void refuse(ServicePod pod) {
    heartbeat.beat(pod.name() + " printed an error line");
    Pause.of(LAST_WORDS);
    StartLines lines = lines(logs.ofThisStart(pod, container(pod)));
    throw failure(
        "ErrorLines",
        "pod %s printed\n%s\nwhich no good start prints"
            .formatted(pod.name(), lines.errors(redaction)),
        List.of(pod));
  }

  private StartLines lines(Optional<String> log) {
    StartLines lines = new StartLines(environment.startLine(), environment.errorLines());
    log.stream().flatMap(String::lines).map(PodStarts::withoutTime).forEach(lines::add);
    return lines;
  }

  private static String withoutTime(String line) {
    return line.substring(line.indexOf(' ') + 1);
  }

  /** A long log is cut at its beginning: such a one cannot have the start line any more. */
  private boolean beginsTooLate(ServicePod pod, String log) {
    try {
      Instant first = Instant.parse(log.substring(0, Math.max(0, log.indexOf(' '))));
      return pod.status(container(pod))
          .map(status -> status.getState().getRunning())
          .map(running -> Instant.parse(running.getStartedAt()))
          .filter(began -> first.isAfter(began.plus(environment.startWithin())))
          .isPresent();
    } catch (DateTimeException unreadable) {
      return false;
    }
  }

  private String container(ServicePod pod) {
    List<String> names = pod.containers().stream().map(Container::getName).toList();
    String wanted = environment.container().orElse(names.get(0));
    if (!names.contains(wanted)) {
      throw Failures.hopeless(
          "NotReady",
          "%s: pod %s has no container '%s', but %s; correct 'container' in the catalog"
              .formatted(service.service(), pod.name(), wanted, String.join(", ", names)));
    }
    return wanted;
  }

  /** Changes with each start of the container. */
  private String id(ServicePod pod) {
    return pod.uid() + pod.status(container(pod)).map(ContainerStatus::getContainerID).orElse("");
  }

  private ApplicationFailure notReady(List<ServicePod> pods) {
    List<ServicePod> silent = pods.stream().filter(pod -> !hasStarted(pod)).toList();
    String names = silent.stream().map(ServicePod::name).collect(Collectors.joining(", "));
    return failure(
        "NotReady",
        pods.isEmpty()
            ? "no pod of " + service.kubernetes().revision() + " is there"
            : "%s did not print '%s' within %s"
                .formatted(
                    names,
                    environment.startLine().pattern(),
                    Elapsed.describe(environment.startWithin())),
        silent);
  }

  private ApplicationFailure failure(String type, String why, List<ServicePod> pods) {
    return Failures.hopeless(
        type,
        Evidence.beginning(
            redaction.clean(Evidence.plain(service.service() + ": " + why)) + lastLines(pods),
            Evidence.LIMIT));
  }

  /** Of each pod, as many as there is room for. */
  String lastLines(List<ServicePod> pods) {
    return pods.stream()
        .map(
            pod ->
                "\nlast lines of %s (%s)\n%s"
                    .formatted(
                        pod.name(),
                        redaction.clean(pod.words()),
                        Evidence.bounded(
                            lines(logs.ofThisStart(pod, container(pod))).last(redaction),
                            SHOWN_BYTES / pods.size())))
        .collect(Collectors.joining());
  }
}
