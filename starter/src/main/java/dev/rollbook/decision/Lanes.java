package dev.rollbook.decision;

import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One lane for each run: while a call of it is under way, what else comes for it waits, and goes
 * along with the next call, together. Copies of an alert that waits or is under way are one.
 */
final class Lanes {

  /** In one call. */
  static final int MOST = 100;

  /** Asks one run about some alerts: all firing, or one alone. */
  interface Call {

    /**
     * @return of each, or of the first ones: the rest is to be sent again
     */
    List<Taken> ask(String runId, List<Alert> alerts);
  }

  private final Call call;
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private final ExecutorService senders =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "rollbook-lane");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param call ends in time, whatever Temporal does
   */
  Lanes(Call call) {
    this.call = call;
  }

  /**
   * @param key the same for all copies
   * @throws TemporalAway when there is no answer in time
   */
  Taken take(String runId, String key, Alert alert, Duration within) {
    Lane lane = lanes.computeIfAbsent(runId, Lane::new);
    CompletableFuture<Taken> own = new CompletableFuture<>();
    Waiting waiting = lane.add(key, new Waiting(alert, own));
    try {
      Taken taken = waiting.answer().get(within.toMillis(), TimeUnit.MILLISECONDS);
      return waiting.answer() == own ? taken : taken.asCopy();
    } catch (TimeoutException e) {
      throw new TemporalAway(runId + " has not answered, or has more before this one", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TemporalAway("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof TemporalAway away
          ? away
          : new TemporalAway("Temporal has not answered: " + e.getCause(), e.getCause());
    }
  }

  private record Waiting(Alert alert, CompletableFuture<Taken> answer) {}

  /** Of one run. */
  private final class Lane {
    private final String runId;
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();
    private final Map<String, Waiting> underWay = new LinkedHashMap<>();
    private boolean isBusy;

    private Lane(String runId) {
      this.runId = runId;
    }

    /**
     * @return the one whose answer counts
     */
    synchronized Waiting add(String key, Waiting added) {
      Waiting other = underWay.get(key);
      other = other == null ? waiting.putIfAbsent(key, added) : other;
      if (!isBusy) {
        isBusy = true;
        senders.execute(this::send);
      }
      return other == null ? added : other;
    }

    private void send() {
      for (List<Waiting> next = next(); !next.isEmpty(); next = next()) {
        try {
          List<Taken> taken = call.ask(runId, next.stream().map(Waiting::alert).toList());
          for (int i = 0; i < taken.size(); i++) {
            next.get(i).answer().complete(taken.get(i));
          }
          TemporalAway again = new TemporalAway(runId + " ends just now; send it again", null);
          next.forEach(each -> each.answer().completeExceptionally(again));
        } catch (RuntimeException | Error e) {
          next.forEach(each -> each.answer().completeExceptionally(e));
        }
      }
    }

    /** Firing ones together; a resolved one alone, after those that came before it. */
    private synchronized List<Waiting> next() {
      underWay.clear();
      for (Iterator<Map.Entry<String, Waiting>> each = waiting.entrySet().iterator();
          each.hasNext() && underWay.size() < MOST; ) {
        Map.Entry<String, Waiting> first = each.next();
        boolean fires = first.getValue().alert().state() == State.FIRING;
        if (!fires && !underWay.isEmpty()) {
          break;
        }
        underWay.put(first.getKey(), first.getValue());
        each.remove();
        if (!fires) {
          break;
        }
      }
      isBusy = !underWay.isEmpty();
      return new ArrayList<>(underWay.values());
    }
  }
}
