package dev.rollbook.serve;

import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.AlertIntake;
import dev.rollbook.decision.TemporalAway;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Takes alerts as Temporal would: one run for a service, joined by later ones; shop's refuses. */
final class InMemoryIntake implements AlertIntake {

  record Quarantined(Alert alert, String why) {}

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
  public Taken take(Alert alert) {
    answer();
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
  public void quarantine(Alert alert, String why) {
    answer();
    quarantined.add(new Quarantined(alert, why));
  }

  private void answer() {
    try {
      silence.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TemporalAway("interrupted", e);
    }
    if (away) {
      throw new TemporalAway("nobody there", null);
    }
  }
}
