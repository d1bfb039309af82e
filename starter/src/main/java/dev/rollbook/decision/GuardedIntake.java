package dev.rollbook.decision;

import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken.What;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Begins no run for an alert that was decided on, and that its sender only repeats; and tells with
 * the answer what the guard forbids. What the guard has learnt meanwhile, the run that is begun
 * then learns from the guard itself.
 */
public final class GuardedIntake implements AlertIntake {

  private static final Taken DECIDED =
      new Taken(What.IGNORED, "this alert was decided on before", null);

  private final AlertIntake intake;
  private final Supplier<Memory> guard;
  private final GuardLimits limits;
  private final Clock clock;

  public GuardedIntake(
      AlertIntake intake, Supplier<Memory> guard, GuardLimits limits, Clock clock) {
    this.intake = intake;
    this.guard = guard;
    this.limits = limits;
    this.clock = clock;
  }

  @Override
  public CompletableFuture<List<Taken>> take(List<Alert> ofOneRun) {
    Refusals refusals = new Refusals(guard.get(), limits, clock.instant());
    Set<String> known = refusals.decided();
    List<Alert> others = ofOneRun.stream().filter(each -> !isKnown(each, known)).toList();
    if (others.isEmpty()) {
      return CompletableFuture.completedFuture(ofOneRun.stream().map(each -> DECIDED).toList());
    }
    Optional<Permission> forbidden =
        refusals.ofPlace(others.get(0).service(), others.get(0).environment());
    return intake
        .take(others)
        .thenApply(
            answers -> {
              Iterator<Taken> next = answers.iterator();
              List<Taken> all = new ArrayList<>();
              ofOneRun.forEach(
                  each -> all.add(isKnown(each, known) ? DECIDED : told(next.next(), forbidden)));
              return all;
            });
  }

  private static boolean isKnown(Alert alert, Set<String> known) {
    return alert.state() == State.FIRING && known.contains(alert.key());
  }

  /** A run that is under way already says itself what it is told. */
  private static Taken told(Taken taken, Optional<Permission> forbidden) {
    return taken.what() == What.STARTED && forbidden.isPresent()
        ? new Taken(What.COOLDOWN, forbidden.get().why(), taken.runId())
        : taken;
  }

  @Override
  public CompletableFuture<Void> quarantine(List<Alert> alike, String why) {
    Set<String> told = guard.get().told();
    List<Alert> untold =
        alike.stream().filter(each -> !told.contains(TellOnCall.key(each, why))).toList();
    return untold.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : intake.quarantine(untold, why);
  }
}
