package dev.rollbook.serve;

import dev.rollbook.catalog.ServeSettings.Limits;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Cuts clients that take their time: a request must be whole, and its answer taken, so long after
 * its first byte. With one connection too many, the one that has been silent longest goes.
 */
final class Deadlines extends AbstractLifeCycle implements Connection.Listener {

  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  private final Limits limits;
  private final Scheduler scheduler;
  private final Map<Connection, Watch> open = new ConcurrentHashMap<>();

  Deadlines(Limits limits, Scheduler scheduler) {
    this.limits = limits;
    this.scheduler = scheduler;
  }

  /** One connection. A new one owes a request at once. */
  private static final class Watch {
    private long answered;
    private long bytes;
    private long heardAt = System.nanoTime();
    private long begunAt = heardAt;
    private boolean isAsking = true;

    synchronized boolean isLate(Connection connection, long now, Duration within) {
      if (connection.getMessagesOut() != answered) {
        answered = connection.getMessagesOut();
        bytes = connection.getBytesIn();
        heardAt = now;
        isAsking = false;
      } else if (connection.getBytesIn() != bytes) {
        bytes = connection.getBytesIn();
        heardAt = now;
        begunAt = isAsking ? begunAt : now;
        isAsking = true;
      }
      return isAsking && now - begunAt > within.toNanos();
    }

    synchronized long heardAt() {
      return heardAt;
    }
  }

  @Override
  public void onOpened(Connection connection) {
    if (connection instanceof SslConnection) {
      return; // what runs in it is opened too
    }
    if (open.size() >= limits.connections()) {
      open.entrySet().stream()
          .min(
              Comparator.comparing((Map.Entry<Connection, Watch> each) -> isAnswered(each.getKey()))
                  .thenComparing(each -> each.getValue().heardAt()))
          .map(Map.Entry::getKey)
          .ifPresent(this::cut);
    }
    open.put(connection, new Watch());
  }

  /** Whether it is at a request that has come in: then others go before it. */
  private static boolean isAnswered(Connection connection) {
    return connection.getMessagesIn() > connection.getMessagesOut();
  }

  @Override
  public void onClosed(Connection connection) {
    open.remove(connection);
  }

  /** How many are open. */
  int count() {
    return open.size();
  }

  @Override
  protected void doStart() {
    scheduler.schedule(this::look, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (!isRunning() && !isStarting()) {
      return;
    }
    long now = System.nanoTime();
    open.forEach(
        (connection, watch) -> {
          if (watch.isLate(connection, now, limits.request())) {
            cut(connection);
          }
        });
    scheduler.schedule(this::look, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void cut(Connection connection) {
    open.remove(connection);
    connection.getEndPoint().close();
  }
}
