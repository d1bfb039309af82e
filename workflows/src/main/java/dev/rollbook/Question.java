package dev.rollbook;

import java.time.Instant;

/**
 * What a run asks people, while it waits for their word.
 *
 * @param step the step it is about: {@code B9}
 * @param until when it goes on without an answer
 * @param otherwise what it does then, in words; null: as if rejected
 */
public record Question(String step, String text, Instant until, String otherwise) {}
