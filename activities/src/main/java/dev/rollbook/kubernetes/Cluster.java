package dev.rollbook.kubernetes;

import dev.rollbook.BoundedCalls;
import dev.rollbook.kubernetes.ClusterFailure.Refused;
import dev.rollbook.local.Pause;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;

/** One cluster's API server, for one step: every call has a deadline, and ends with the step. */
public final class Cluster implements AutoCloseable {

  static final Duration ANSWERS_WITHIN = Duration.ofSeconds(20);

  private static final int ASKS = 3;
  private static final int AT_ONCE = 8;

  private final KubernetesClient client;
  private final BoundedCalls calls;
  private final Runnable whileWaiting;

  Cluster(KubernetesClient client, Runnable whileWaiting) {
    this.client = client;
    this.whileWaiting = whileWaiting;
    // the client is others' too: an interrupt is enough for it
    this.calls = new BoundedCalls("cluster", new ClusterTrouble(server()), whileWaiting, () -> {});
  }

  /** The API server's address. */
  public String server() {
    return client.getConfiguration().getMasterUrl();
  }

  /**
   * @param what for a failure: {@code list pods}
   * @throws ClusterFailure in plain words
   */
  public <T> T call(String what, Function<KubernetesClient, T> does) {
    return call(what, ANSWERS_WITHIN, does);
  }

  /** What a busy server (429) has not even begun is asked again when it says, whatever it is. */
  public <T> T call(String what, Duration within, Function<KubernetesClient, T> does) {
    for (int asked = 1; ; asked++) {
      try {
        return calls.call(what, within, () -> does.apply(client));
      } catch (Refused e) {
        if (e.busyFor().isEmpty() || asked == ASKS) {
          throw e;
        }
        Pause.of(e.busyFor().get());
      }
    }
  }

  /** As call, for what may not be there. */
  public <T> Optional<T> find(String what, Function<KubernetesClient, T> does) {
    try {
      return Optional.ofNullable(call(what, does));
    } catch (ClusterFailure.Missing e) {
      return Optional.empty();
    }
  }

  /**
   * Asks side by side what does not depend on each other, so that a far server costs its distance
   * once; the answers in the questions' order.
   *
   * @param questions each with calls of its own; what the first of them throws, this throws
   */
  public <T> List<T> together(List<Supplier<T>> questions) {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            AT_ONCE,
            does -> {
              Thread thread = new Thread(does, "cluster");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Callable<T>> all =
          questions.stream().map(question -> (Callable<T>) question::get).toList();
      List<T> answers = new ArrayList<>();
      for (Future<T> answer : threads.invokeAll(all)) {
        answers.add(answer.get());
      }
      return answers;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException thrown
          ? thrown
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while asking the cluster");
    } finally {
      threads.shutdownNow();
    }
  }

  /** For watches and forwards, which outlast a call: whoever opens one closes it. */
  public KubernetesClient client() {
    return client;
  }

  /** A sign of life; throws when the step must end. */
  public void beat() {
    whileWaiting.run();
  }

  @Override
  public void close() {
    calls.close();
  }
}
