package dev.rollbook.escalation;

/**
 * Somebody answers.
 *
 * @param by who
 * @param level for which level; null: for the one that was called last
 * @param via {@code cli}, {@code link}, {@code Temporal UI}; null when not said
 * @param note what they say; null for nothing
 */
public record Acknowledgement(String by, String level, String via, String note) {}
