package dev.rollbook.engine;

/** Another process uses the engine, which only one can. Nothing was begun. */
public final class EngineBusy extends IllegalStateException {

  EngineBusy(String message) {
    super(message);
  }
}
