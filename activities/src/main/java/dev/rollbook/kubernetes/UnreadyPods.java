package dev.rollbook.kubernetes;

import dev.rollbook.Evidence;
import dev.rollbook.Redaction;
import dev.rollbook.verification.HealthAnswer;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpHealth;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What pods that do not get ready say themselves: at their health URL, though no Service leads
 * there, and before they ended. Who is called follows from it: a readiness probe that asks the
 * database too says no more than 503.
 */
final class UnreadyPods {

  /** They are alike. */
  private static final int ASKED = 2;

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);
  private static final int LINES = 20;
  private static final int BYTES = 2 * 1024;

  private final Cluster cluster;
  private final HealthCheck health;
  private final int port;
  private final HttpHealth http;
  private final Redaction redaction;
  private final Runnable whileWaiting;

  UnreadyPods(
      Cluster cluster,
      KubernetesEnvironment environment,
      HttpHealth http,
      Redaction redaction,
      Runnable whileWaiting) {
    this.cluster = cluster;
    this.health = environment.health().answering(ANSWER_WITHIN);
    this.port = environment.port();
    this.http = http;
    this.redaction = redaction;
    this.whileWaiting = whileWaiting;
  }

  /**
   * @param database what is wrong with it, by a pod's own word; empty when none says so
   * @param lines one for each answer, and a log's end; may be none
   */
  record Words(Optional<String> database, List<String> lines) {

    Words {
      lines = List.copyOf(lines);
    }

    /** The failure's type, which says whom to call. */
    String type(String otherwise) {
      return database.isPresent() ? "DatabaseDown" : otherwise;
    }

    /** {@code a database is down, as pod … says …; }, before what else is wrong; may be empty. */
    String because() {
      return database.map("a database is down, as %s; "::formatted).orElse("");
    }

    /** Each on a line of its own, the first too. */
    String describe() {
      return lines.isEmpty() ? "" : "\n" + String.join("\n", lines);
    }
  }

  Words ask(List<ServicePod> pods) {
    List<ServicePod> unready =
        pods.stream().filter(pod -> !pod.isReady() && !pod.isEnding()).toList();
    List<String> lines = new ArrayList<>();
    Optional<String> database = Optional.empty();
    for (ServicePod pod : unready.stream().filter(UnreadyPods::runs).limit(ASKED).toList()) {
      HealthAnswer answer = health(pod);
      String words = "pod %s says at its health URL: %s".formatted(pod.name(), answer.words());
      lines.add(words);
      if (answer.databaseDown() && database.isEmpty()) {
        database = Optional.of(words);
      }
    }
    unready.stream()
        .flatMap(pod -> ended(pod).map(status -> lastLines(pod, status)))
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(lines::add);
    return new Words(database, lines);
  }

  private static boolean runs(ServicePod pod) {
    return pod.statuses().stream().anyMatch(UnreadyPods::runs);
  }

  private static boolean runs(ContainerStatus status) {
    return status.getState() != null && status.getState().getRunning() != null;
  }

  private HealthAnswer health(ServicePod pod) {
    String what = "pod " + pod.name();
    try (Forward forward = Forward.open(cluster, pod.namespace(), pod.name(), port, what)) {
      return http.probe(health.through(forward.end()), whileWaiting);
    } catch (IOException e) {
      throw new IllegalStateException("a port that only this machine sees cannot be closed", e);
    }
  }

  /**
   * Its containers that have ended though they should run; of an init container: without success.
   */
  private static Stream<ContainerStatus> ended(ServicePod pod) {
    return pod.statuses().stream()
        .filter(status -> !Boolean.TRUE.equals(status.getReady()))
        .filter(
            status ->
                status.getRestartCount() > 0
                    || status.getState() != null && status.getState().getTerminated() != null);
  }

  private Optional<String> lastLines(ServicePod pod, ContainerStatus status) {
    PodLogs logs = new PodLogs(cluster);
    String name = status.getName();
    try {
      Optional<String> log =
          runs(status) ? logs.previousLines(pod, name, LINES) : logs.lastLines(pod, name, LINES);
      return log.filter(text -> !text.isBlank())
          .map(
              text ->
                  "last lines of container %s of %s\n%s"
                      .formatted(
                          name,
                          pod.name(),
                          Evidence.bounded(
                              redaction.clean(Evidence.plain(text)).stripTrailing(), BYTES)));
    } catch (ClusterFailure e) {
      return Optional.of("the log of %s cannot be read: %s".formatted(name, e.getMessage()));
    }
  }
}
