package dev.rollbook;

/**
 * A person's word on what the run asks.
 *
 * @param by the person who decides
 * @param why the reason, kept in the run's record
 */
public record Verdict(String by, String why) {}
