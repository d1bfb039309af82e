package dev.rollbook.escalation;

import io.temporal.activity.ActivityInterface;

/** Tells a service elsewhere that calls go out: one that raises an alarm when it hears nothing. */
@ActivityInterface(namePrefix = "SignOfLife")
public interface SignOfLife {

  /** Nothing happens where the catalog names no such service. */
  void give();
}
