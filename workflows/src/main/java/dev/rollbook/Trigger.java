package dev.rollbook;

/** Who or what asked for the run. */
public enum Trigger {
  UI,
  CLI
}
