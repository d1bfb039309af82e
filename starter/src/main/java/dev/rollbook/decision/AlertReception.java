package dev.rollbook.decision;

import dev.rollbook.decision.AlertIntake.Taken;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Takes a message in: each service's alerts one after the other, services side by side. All of it
 * within a time that its sender waits for; what is sent again changes nothing.
 */
public final class AlertReception implements AutoCloseable {

  /**
   * Of one service in one message, firing and resolved each: its worst. Alertmanager sends a group
   * whole, so that the ones left over never matter before these are resolved.
   */
  static final int MOST_OF_A_SERVICE = 8;

  private static final int AT_ONCE = 64;
  private static final int WAITING = 4096;

  private static final Comparator<MappedAlert> WORST_FIRST =
      Comparator.comparing((MappedAlert each) -> each.alert().state())
          .thenComparing(each -> each.alert().severity())
          .thenComparing(each -> each.alert().fingerprint());

  private final AlertMapping mapping;
  private final AlertIntake intake;
  private final Quarantine quarantine;
  private final RunLinks links;
  private final Clock clock;
  private final ThreadPoolExecutor calls;

  public AlertReception(AlertMapping mapping, AlertIntake intake, RunLinks links, Clock clock) {
    this.mapping = mapping;
    this.intake = intake;
    this.quarantine = new Quarantine(intake);
    this.links = links;
    this.clock = clock;
    this.calls =
        new ThreadPoolExecutor(
            AT_ONCE,
            AT_ONCE,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING),
            call -> {
              Thread thread = new Thread(call, "rollbook-alerts");
              thread.setDaemon(true);
              return thread;
            });
    calls.allowCoreThreadTimeOut(true);
  }

  /**
   * @return of each alert, in the message's order
   * @throws TemporalAway when not all of them could be taken: nothing is lost if it is sent again
   */
  List<Became> take(AlertMessage message) {
    Instant receivedAt = clock.instant();
    long deadline = System.nanoTime() + TemporalIntake.WITHIN.toNanos();
    List<MappedAlert> alerts =
        message.alerts().stream().map(entry -> mapping.map(entry, receivedAt)).toList();
    Map<MappedAlert.Place, List<MappedAlert>> places = new LinkedHashMap<>();
    List<MappedAlert> strangers = new ArrayList<>();
    Map<MappedAlert, Taken> taken = new HashMap<>();
    for (MappedAlert alert : alerts) {
      if (alert.isWatchdog()) {
        taken.put(alert, new Taken(Taken.What.IGNORED, "a sign of life of its senders", null));
      } else if (alert.quarantined().isPresent()) {
        strangers.add(alert);
      } else {
        places.computeIfAbsent(alert.place(), place -> new ArrayList<>()).add(alert);
      }
    }
    List<Future<Map<MappedAlert, Taken>>> called = new ArrayList<>();
    try {
      places.values().forEach(of -> called.add(calls.submit(() -> takeInOrder(of))));
      if (!strangers.isEmpty()) {
        called.add(calls.submit(() -> quarantine.tell(strangers)));
      }
      for (Future<Map<MappedAlert, Taken>> call : called) {
        taken.putAll(call.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
      }
      return alerts.stream().map(alert -> Became.of(alert, taken.get(alert), links)).toList();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof TemporalAway away
          ? away
          : new TemporalAway("An alert could not be taken", e.getCause());
    } catch (TimeoutException e) {
      throw new TemporalAway("Temporal does not answer in time", e);
    } catch (RejectedExecutionException e) {
      throw new TemporalAway("Too many messages wait already", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TemporalAway("This server is being ended", e);
    } finally {
      called.forEach(call -> call.cancel(true));
    }
  }

  /** The firing ones before the resolved ones: what still fires keeps a run from ending. */
  private Map<MappedAlert, Taken> takeInOrder(List<MappedAlert> ofOnePlace) {
    Map<MappedAlert, Taken> taken = new HashMap<>();
    Map<Alert.State, Integer> counts = new HashMap<>();
    Map<Alert.State, Taken> first = new HashMap<>();
    for (MappedAlert each : ofOnePlace.stream().sorted(WORST_FIRST).toList()) {
      Alert.State state = each.alert().state();
      if (counts.merge(state, 1, Integer::sum) <= MOST_OF_A_SERVICE) {
        Taken now = taken(each.alert());
        taken.put(each, now);
        first.putIfAbsent(state, now);
      } else {
        taken.put(each, with(first.get(state)));
      }
    }
    return taken;
  }

  /** What its run refuses is put before a person as well. */
  private Taken taken(Alert alert) {
    Taken taken = intake.take(alert);
    if (taken.what() == Taken.What.QUARANTINED) {
      intake.quarantine(alert, taken.why());
    }
    return taken;
  }

  private static Taken with(Taken worst) {
    Taken.What what = worst.what() == Taken.What.STARTED ? Taken.What.JOINED : worst.what();
    return new Taken(
        what, "with the worst " + MOST_OF_A_SERVICE + " of its service", worst.runId());
  }

  @Override
  public void close() {
    calls.shutdownNow();
  }
}
