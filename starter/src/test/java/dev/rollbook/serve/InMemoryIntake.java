package dev.rollbook.serve;

import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.AlertIntake;
import dev.rollbook.decision.TemporalAway;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/** Takes alerts as Temporal would: one run for a service, joined by later ones; shop's refuses. */
final class InMemoryIntake implements AlertIntake {

  record Quarantined(Alert alert, String why, int alike) {}

  final List<Alert> taken = new CopyOnWriteArrayList<>();
  final List<Quarantined> quarantined = new CopyOnWriteArrayList<>();
  private final Set<String> runs = ConcurrentHashMap.newKeySet();
  private volatile boolean away;
  private volatile CountDownLatch silence = new CountDownLatch(0);

  void isAway(boolean now) {
    away = now;
  }

  /** Neither away nor silent. */
  boolean answers() {
    return !away && silence.getCount() == 0;
  }

  /** Answers nothing until the latch is counted down. */
  CountDownLatch isSilent() {
    silence = new CountDownLatch(1);
    return silence;
  }

  @Override
  public CompletableFuture<List<Taken>> take(List<Alert> ofOneRun) {
    return answer(() -> ofOneRun.stream().map(this::taken).toList());
  }

  private Taken taken(Alert alert) {
    taken.add(alert);
    if (alert.service().equals("shop")) {
      return new Taken(Taken.What.QUARANTINED, "its run refuses it", null);
    }
    String run = WorkflowIds.run(alert.service(), alert.environment());
    return runs.add(run)
        ? new Taken(Taken.What.STARTED, "nothing was under way", run)
        : new Taken(Taken.What.JOINED, "it is under way", run);
  }

  @Override
  public CompletableFuture<Void> quarantine(List<Alert> alike, String why) {
    return answer(
        () -> {
          quarantined.add(new Quarantined(alike.get(0), why, alike.size()));
          return null;
        });
  }

  private <R> CompletableFuture<R> answer(Supplier<R> does) {
    if (away) {
      return CompletableFuture.failedFuture(new TemporalAway("nobody there", null));
    }
    return answers() ? CompletableFuture.completedFuture(does.get()) : new CompletableFuture<>();
  }
}
