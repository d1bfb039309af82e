package dev.rollbook.compose;

import dev.rollbook.Elapsed;
import dev.rollbook.compose.EngineFailure.EngineUnreachable;
import java.net.URI;
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
 * Gives every call to an engine a deadline and a way to be ended. Timeouts of the HTTP client do
 * not hold on a UNIX socket, so each call runs on a thread of its own, which is interrupted.
 */
final class EngineCalls implements AutoCloseable {

  private static final long ASKS_EVERY_MILLIS = 1000;
  private static final long ENDS_WITHIN_MILLIS = 1000;

  private final URI host;
  private final EngineTrouble trouble;
  private final Runnable whileWaiting;
  private final Runnable hangUp;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          does -> {
            Thread thread = new Thread(does, "docker-engine");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param hangUp closes the connections: a read from a TCP socket heeds no interrupt
   */
  EngineCalls(URI host, Runnable whileWaiting, Runnable hangUp) {
    this.host = host;
    this.trouble = new EngineTrouble(host);
    this.whileWaiting = whileWaiting;
    this.hangUp = hangUp;
  }

  <T> T call(String what, Duration within, Callable<T> does) {
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
          throw new EngineUnreachable(
              "The Docker Engine at %s did not answer `%s` within %s"
                  .formatted(host, what, Elapsed.describe(within)),
              null);
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
