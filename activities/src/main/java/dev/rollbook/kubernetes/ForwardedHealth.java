package dev.rollbook.kubernetes;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpHealth;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * C7: the health URL of each pod of the target, and of the Service before them, all asked at once
 * through port-forwards.
 */
final class ForwardedHealth {

  private static final Set<String> NOT_HEALTHY = Set.of("NotHealthy", "DatabaseDown");
  private static final int AT_ONCE = 16;
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final long ENDS_WITHIN_SECONDS = 5;

  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final Cluster cluster;
  private final HttpHealth http;
  private final Heartbeat heartbeat;

  ForwardedHealth(
      PinnedService service,
      KubernetesEnvironment environment,
      Cluster cluster,
      HttpHealth http,
      Heartbeat heartbeat) {
    this.service = service;
    this.environment = environment;
    this.cluster = cluster;
    this.http = http;
    this.heartbeat = heartbeat;
  }

  /**
   * What one of them said.
   *
   * @param failure why it is not healthy; null when it is
   */
  private record Answer(String told, ApplicationFailure failure) {}

  /** Returns what each said, when all are healthy: one paragraph each. */
  List<String> await() {
    try (Forwards forwards = Forwards.open(service, environment, cluster)) {
      List<Answer> answers = ask(forwards.all());
      List<Answer> failures = answers.stream().filter(answer -> answer.failure() != null).toList();
      if (!failures.isEmpty()) {
        throw Failures.hopeless(
            type(failures),
            Evidence.beginning(
                "%s: %d of %d not healthy\n%s"
                    .formatted(
                        service.service(),
                        failures.size(),
                        answers.size(),
                        String.join("\n", failures.stream().map(Answer::told).toList())),
                Evidence.LIMIT));
      }
      return answers.stream().map(Answer::told).toList();
    }
  }

  /** Each on a thread of its own: a failure of one does not hide another's. */
  private List<Answer> ask(List<Forward> forwards) {
    long deadline = System.nanoTime() + http.left(environment.health()).within().toNanos();
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(AT_ONCE, forwards.size()));
    try {
      List<Future<Answer>> asked =
          forwards.stream().map(each -> threads.submit(() -> ask(each, deadline))).toList();
      List<Answer> answers = new ArrayList<>();
      for (Future<Answer> answer : asked) {
        answers.add(answer.get());
      }
      return answers;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException ended) {
        throw ended;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while the pods' health was asked");
    } finally {
      end(threads);
    }
  }

  private Answer ask(Forward forward, long deadline) {
    HealthCheck check = environment.health();
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    HealthCheck through =
        check.through(forward.end()).within(left.compareTo(LEAST) < 0 ? LEAST : left);
    try {
      StepResult up =
          http.awaitUp(
              service, through, progress -> heartbeat.beat(forward.what() + ": " + progress));
      return new Answer(
          forward.named(check.url(), forward.what() + ": " + up.summary() + "\n" + up.evidence()),
          null);
    } catch (ApplicationFailure failure) {
      if (!NOT_HEALTHY.contains(failure.getType())) {
        throw failure;
      }
      return new Answer(
          forward.what() + ": " + forward.named(check.url(), failure.getOriginalMessage()),
          failure);
    }
  }

  /** What one pod says of the database is true for all. */
  private static String type(List<Answer> failures) {
    List<String> types = failures.stream().map(each -> each.failure().getType()).toList();
    return types.contains("DatabaseDown") ? "DatabaseDown" : types.get(0);
  }

  private static void end(ExecutorService threads) {
    threads.shutdownNow();
    try {
      threads.awaitTermination(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
