package dev.rollbook;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Gives every call to another program's API a deadline, signs of life while it lasts, and a way to
 * be ended, whatever its client library promises: each call runs on a thread of its own, which is
 * interrupted.
 */
public final class BoundedCalls implements AutoCloseable {

  private static final long ASKS_EVERY_MILLIS = 1000;
  private static final long ENDS_WITHIN_MILLIS = 1000;

  private final Trouble trouble;
  private final Runnable whileWaiting;
  private final Runnable hangUp;
  private final ExecutorService threads;

  /** What went wrong, in plain words. */
  public interface Trouble {

    /** What a call threw, as it is to be thrown on. */
    RuntimeException of(String what, Throwable thrown);

    /** The call did not return in time. */
    RuntimeException silence(String what, Duration within);
  }

  /**
   * @param name of the threads
   * @param whileWaiting called at least every second of every wait; what it throws ends the wait,
   *     and the call that was waited for
   * @param hangUp ends a call that heeds no interrupt: closes its connections
   */
  public BoundedCalls(String name, Trouble trouble, Runnable whileWaiting, Runnable hangUp) {
    this.trouble = trouble;
    this.whileWaiting = whileWaiting;
    this.hangUp = hangUp;
    this.threads =
        Executors.newCachedThreadPool(
            does -> {
              Thread thread = new Thread(does, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * @param what for a failure: {@code stop shop_1}
   */
  public <T> T call(String what, Duration within, Callable<T> does) {
    whileWaiting.run();
    CountDownLatch ended = new CountDownLatch(1);
    Future<T> answer =
        threads.submit(
            () -> {
              try {
                return does.call();
              } finally {
                ended.countDown();
              }
            });
    try {
      return await(what, within, answer);
    } catch (ExecutionException e) {
      throw trouble.of(what, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted during `" + what + "`");
    } finally {
      if (!answer.isDone()) {
        end(answer, ended);
      }
    }
  }

  private <T> T await(String what, Duration within, Future<T> answer)
      throws ExecutionException, InterruptedException {
    long until = System.nanoTime() + within.toNanos();
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
      try {
        return answer.get(Math.max(1, Math.min(left, ASKS_EVERY_MILLIS)), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (left <= ASKS_EVERY_MILLIS) {
          throw trouble.silence(what, within);
        }
        whileWaiting.run();
      }
    }
  }

  /** A call that was interrupted before its thread began has no end to wait for. */
  private void end(Future<?> answer, CountDownLatch ended) {
    answer.cancel(true);
    try {
      if (!ended.await(ENDS_WITHIN_MILLIS, TimeUnit.MILLISECONDS)) {
        hangUp.run();
      }
    } catch (InterruptedException e) {
      hangUp.run();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
