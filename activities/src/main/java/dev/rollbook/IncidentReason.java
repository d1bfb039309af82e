package dev.rollbook;

/** Why a rollback is asked for: the incident report wants to know. */
public final class IncidentReason {

  private IncidentReason() {}

  public static Finding finding(String reason) {
    return reason == null || reason.isBlank()
        ? Finding.warning("reason", "none given; the incident report will ask for it (--reason)")
        : Finding.ok("reason", reason);
  }
}
