package dev.rollbook.escalation;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/**
 * What people are called for.
 *
 * @param id names the incident for ever, and with it every notice: that of the run's plan, or of
 *     the escalation that a person started
 * @param service its name in the catalog
 * @param title one line for people: {@code rollback of shopping-service in production failed}
 * @param why in words, secrets removed
 * @param troubles what failed; decides which levels are called
 * @param companyWide whether the whole company is hit
 * @param startedBy who or what called: {@code rollback}, a person's name
 */
public record Incident(
    String id,
    String service,
    String environment,
    String title,
    String why,
    Set<Trouble> troubles,
    boolean companyWide,
    String startedBy) {

  /** What failed, as the runbook's escalation table tells situations apart. */
  public enum Trouble {
    ROLLBACK,
    DATABASE,
    INFRASTRUCTURE
  }

  private static final String ANEW = "@";

  public Incident {
    troubles = troubles == null ? Set.of() : Set.copyOf(troubles);
  }

  /** The same, with more that failed. */
  public Incident and(Incident more) {
    Set<Trouble> all = EnumSet.noneOf(Trouble.class);
    all.addAll(troubles);
    all.addAll(more.troubles());
    boolean isNews = more.why() != null && (why == null || !why.contains(more.why()));
    return new Incident(
        id,
        service,
        environment,
        title,
        isNews ? (why == null ? "" : why + "\n") + more.why() : why,
        all,
        companyWide || more.companyWide(),
        startedBy);
  }

  /** The same, with one thing more that failed. */
  public Incident worse(Trouble also, String words) {
    return and(
        new Incident(id, service, environment, title, words, Set.of(also), companyWide, startedBy));
  }

  /** The same under an id of its own, for notices of their own: its first escalation is over. */
  public Incident anew(Instant now) {
    return new Incident(
        id + ANEW + now, service, environment, title, why, troubles, companyWide, startedBy);
  }

  /** The id of the run that it is about, however often people were called anew for that. */
  public static String runOf(String id) {
    int anew = id.indexOf(ANEW);
    return anew < 0 ? id : id.substring(0, anew);
  }

  /** The same, told in other words. */
  public Incident because(String words) {
    return new Incident(id, service, environment, title, words, troubles, companyWide, startedBy);
  }

  /** The same under another title. */
  Incident titled(String line) {
    return new Incident(id, service, environment, line, why, troubles, companyWide, startedBy);
  }

  /** The same, which hits the whole company. */
  Incident ofTheWholeCompany() {
    return new Incident(id, service, environment, title, why, troubles, true, startedBy);
  }
}
