package dev.rollbook;

/**
 * What a section's preflight answers.
 *
 * @param plan without steps; its pinned service is null when no target was found
 */
public record Inspection(Plan plan, StepReport report) {}
