package dev.rollbook.decision;

import dev.rollbook.decision.Alert.State;
import java.util.function.Supplier;

/**
 * Begins no run for an alert that was decided on, and that its sender only repeats. What the guard
 * has learnt meanwhile, the run that is begun then learns from the guard itself.
 */
public final class GuardedIntake implements AlertIntake {

  private final AlertIntake intake;
  private final Supplier<Memory> guard;

  public GuardedIntake(AlertIntake intake, Supplier<Memory> guard) {
    this.intake = intake;
    this.guard = guard;
  }

  @Override
  public Taken take(Alert alert) {
    return alert.state() == State.FIRING && guard.get().knows(alert)
        ? new Taken(Taken.What.IGNORED, "this alert was decided on before", null)
        : intake.take(alert);
  }

  @Override
  public void quarantine(Alert alert, String why) {
    intake.quarantine(alert, why);
  }
}
