package dev.rollbook;

/**
 * Ends a run before its time.
 *
 * @param by the person who decides
 * @param why the reason, kept in the run's record
 */
public record Abort(String by, String why) {}
