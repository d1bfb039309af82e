package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/**
 * Wakes whoever waits for a workload. Only that: a watch may be refused, cut or outdated at any
 * time (it is opened again), so that nothing may depend on it, and who is woken looks for himself.
 */
final class WorkloadNews implements AutoCloseable {

  private static final Duration OPENS_AGAIN_AFTER = Duration.ofSeconds(2);
  private static final Duration TOGETHER = Duration.ofMillis(100);
  private static final long BEATS_EVERY_MILLIS = 1000;

  private final Cluster cluster;
  private final Semaphore news = new Semaphore(0);
  private final List<Thread> threads = new ArrayList<>();

  WorkloadNews(Cluster cluster, WorkloadState workload) {
    this.cluster = cluster;
    follow(
        workload.resource(),
        (client, over) ->
            watch(
                WorkloadState.resource(
                    client, workload.kind(), workload.namespace(), workload.name()),
                over));
  }

  /** Of its pods too. */
  WorkloadNews withPods(WorkloadState workload) {
    follow(
        "pods of " + workload.resource(),
        (client, over) ->
            client
                .pods()
                .inNamespace(workload.namespace())
                .withLabelSelector(workload.selector())
                .watch(new Wake<Pod>(over)));
    return this;
  }

  private void follow(String what, BiFunction<KubernetesClient, CountDownLatch, Watch> open) {
    Thread thread = new Thread(() -> follow(open), "watch of " + what);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void follow(BiFunction<KubernetesClient, CountDownLatch, Watch> open) {
    try {
      while (true) {
        try {
          followOnce(open);
        } catch (KubernetesClientException e) {
          // refused or cut: who waits looks from time to time anyway
        }
        TimeUnit.MILLISECONDS.sleep(OPENS_AGAIN_AFTER.toMillis());
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void followOnce(BiFunction<KubernetesClient, CountDownLatch, Watch> open)
      throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    Watch watch = open.apply(cluster.client(), over);
    try {
      over.await();
    } finally {
      watch.close();
    }
  }

  private <T extends HasMetadata> Watch watch(Resource<T> resource, CountDownLatch over) {
    return resource.watch(new Wake<T>(over));
  }

  /**
   * Returns at the first news, or when the time is over.
   *
   * @param beat called at least every second
   */
  void await(Duration atMost, Runnable beat) {
    long until = System.nanoTime() + atMost.toNanos();
    try {
      while (true) {
        long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (left <= 0) {
          return;
        }
        if (news.tryAcquire(Math.min(left, BEATS_EVERY_MILLIS), TimeUnit.MILLISECONDS)) {
          TimeUnit.MILLISECONDS.sleep(TOGETHER.toMillis()); // they come in bursts
          news.drainPermits();
          return;
        }
        beat.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting");
    }
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }

  private final class Wake<T> implements Watcher<T> {

    private final CountDownLatch over;

    Wake(CountDownLatch over) {
      this.over = over;
    }

    @Override
    public void eventReceived(Action action, T resource) {
      news.release();
    }

    @Override
    public void onClose(WatcherException cause) {
      over.countDown();
      news.release();
    }
  }
}
