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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Takes a message in: each service's alerts together, services side by side. All of it within a
 * time that its sender waits for; what is sent again changes nothing.
 */
public final class AlertReception {

  /** What still fires keeps a run from ending; the worst first, for it is what starts a run. */
  private static final Comparator<MappedAlert> WORST_FIRST =
      Comparator.comparing((MappedAlert each) -> each.alert().state())
          .thenComparing(each -> each.alert().severity())
          .thenComparing(each -> each.alert().fingerprint());

  private final AlertMapping mapping;
  private final AlertIntake intake;
  private final Quarantine quarantine;
  private final Watchdog watchdog;
  private final RunLinks links;
  private final Clock clock;

  public AlertReception(
      AlertMapping mapping, AlertIntake intake, Watchdog watchdog, RunLinks links, Clock clock) {
    this.mapping = mapping;
    this.watchdog = watchdog;
    this.intake = intake;
    this.quarantine = new Quarantine(intake);
    this.links = links;
    this.clock = clock;
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
        taken.put(alert, watched(alert));
      } else if (alert.quarantined().isPresent()) {
        strangers.add(alert);
      } else {
        places.computeIfAbsent(alert.place(), place -> new ArrayList<>()).add(alert);
      }
    }
    List<CompletableFuture<Map<MappedAlert, Taken>>> called = new ArrayList<>();
    places.values().forEach(of -> called.add(takeTogether(of)));
    called.add(quarantine.tell(strangers));
    for (CompletableFuture<Map<MappedAlert, Taken>> call : called) {
      taken.putAll(answer(call, deadline));
    }
    return alerts.stream().map(alert -> Became.of(alert, taken.get(alert), links)).toList();
  }

  /** Whose sender has gone is taken for resolved. */
  private Taken watched(MappedAlert sign) {
    if (sign.isFiring()) {
      watchdog.heard(sign.alert().receivedAt());
      return new Taken(Taken.What.IGNORED, "a sign of life of its senders", null);
    }
    return new Taken(Taken.What.IGNORED, "resolved, which is no sign of life", null);
  }

  private static <R> R answer(CompletableFuture<R> call, long deadline) {
    try {
      return call.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof TemporalAway away
          ? away
          : new TemporalAway("An alert could not be taken", e.getCause());
    } catch (TimeoutException e) {
      throw new TemporalAway("Temporal does not answer in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TemporalAway("This server is being ended", e);
    }
  }

  /** What its run refuses is put before a person as well. */
  private CompletableFuture<Map<MappedAlert, Taken>> takeTogether(List<MappedAlert> ofOnePlace) {
    List<MappedAlert> sorted = ofOnePlace.stream().sorted(WORST_FIRST).toList();
    return intake
        .take(sorted.stream().map(MappedAlert::alert).toList())
        .thenCompose(
            answers -> {
              Map<MappedAlert, Taken> taken = new HashMap<>();
              Map<String, List<Alert>> refused = new LinkedHashMap<>();
              for (int i = 0; i < sorted.size(); i++) {
                Taken answer = answers.get(i);
                taken.put(sorted.get(i), answer);
                if (answer.what() == Taken.What.QUARANTINED) {
                  refused
                      .computeIfAbsent(answer.why(), why -> new ArrayList<>())
                      .add(sorted.get(i).alert());
                }
              }
              return CompletableFuture.allOf(
                      refused.entrySet().stream()
                          .map(each -> intake.quarantine(each.getValue(), each.getKey()))
                          .toArray(CompletableFuture[]::new))
                  .thenApply(told -> taken);
            });
  }
}
