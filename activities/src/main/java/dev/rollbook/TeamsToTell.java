package dev.rollbook;

/**
 * The runbook's precondition that no program can fulfil: the teams concerned hear of the decision
 * before anything is changed. A plan says so; the incident report has the list to tick off.
 */
public final class TeamsToTell {

  private TeamsToTell() {}

  public static Finding finding() {
    return Finding.ok(
        "teams",
        "share the decision to roll back with development, QA, operations, customer support and"
            + " management; the incident report lists them");
  }
}
