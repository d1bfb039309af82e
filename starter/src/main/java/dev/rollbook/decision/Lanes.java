package dev.rollbook.decision;

import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One lane for each run: while a call of it is under way, what else comes for it waits, and goes
 * along with the next call, together. Copies of an alert that waits or is under way are one.
 */
final class Lanes {

  /** In one call. */
  static final int MOST = 100;

  /** Asks one run about some alerts: those that fire, and then those that are resolved. */
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
   * @param keyed in the order in which they count, by what is the same for all copies of each
   * @return of each, in this order
   */
  List<CompletableFuture<Taken>> take(String runId, Map<String, Alert> keyed) {
    return lanes.computeIfAbsent(runId, Lane::new).add(keyed);
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

    private synchronized List<CompletableFuture<Taken>> add(Map<String, Alert> keyed) {
      List<CompletableFuture<Taken>> answers = new ArrayList<>();
      keyed.forEach((key, alert) -> answers.add(add(key, alert)));
      if (!isBusy) {
        isBusy = true;
        senders.execute(this::send);
      }
      return answers;
    }

    private CompletableFuture<Taken> add(String key, Alert alert) {
      Waiting other = underWay.getOrDefault(key, waiting.get(key));
      if (other != null) {
        return other.answer().thenApply(Taken::asCopy);
      }
      Waiting added = new Waiting(alert, new CompletableFuture<>());
      waiting.put(key, added);
      return added.answer();
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

    /** None that fires goes after a resolved one: it waits for the next call. */
    private synchronized List<Waiting> next() {
      underWay.clear();
      boolean isOfTheEnd = false;
      for (Iterator<Map.Entry<String, Waiting>> each = waiting.entrySet().iterator();
          each.hasNext() && underWay.size() < MOST; ) {
        Map.Entry<String, Waiting> first = each.next();
        boolean fires = first.getValue().alert().state() == State.FIRING;
        if (fires && isOfTheEnd) {
          break;
        }
        isOfTheEnd = !fires;
        underWay.put(first.getKey(), first.getValue());
        each.remove();
      }
      isBusy = !underWay.isEmpty();
      return new ArrayList<>(underWay.values());
    }
  }
}
