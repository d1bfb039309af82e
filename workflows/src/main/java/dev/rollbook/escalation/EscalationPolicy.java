package dev.rollbook.escalation;

import dev.rollbook.escalation.Incident.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Whom to call, when, over what; read from the catalog when an escalation starts, and not again: an
 * edit changes no escalation that is under way.
 *
 * @param hash of the catalog's text of it, for the record
 * @param rounds how often all levels are called again from the top while nobody answered
 * @param commander the level that is called last, and then again and again; null for none
 * @param remindAfter an answer holds so long; then the level counts as unanswered again, unless the
 *     incident is closed; zero: for ever
 * @param companyWide whether whatever fails there hits the whole company
 * @param taskQueue of the workers that have the service's incident reports; null, as in histories
 *     from before calls were written into them: they are not
 */
public record EscalationPolicy(
    String hash,
    List<Level> levels,
    int rounds,
    Level commander,
    Duration remindAfter,
    boolean companyWide,
    String taskQueue) {

  /**
   * One row of the runbook's table.
   *
   * @param id names it: {@code oncall}, {@code dba}
   * @param title as people say it: {@code On-Call Engineer}
   * @param when any of these makes the row apply; empty: every incident does
   * @param companyWide the row applies only to what hits the whole company
   * @param notifyAfter from the escalation's start to the first call
   * @param notifyBy by when the first call must be out; for the record
   * @param ackWithin by when somebody must have answered, from the escalation's start; for the
   *     record
   * @param repeatEvery from one call to the next while nobody answers
   * @param repeatMost how many calls in one round; at least 1
   * @param silencedBy ids of levels whose answer makes this one's calls needless; empty: none does
   * @param channels names of channels, in order; the next is taken at once when one is broken
   * @param recipients who; empty is recorded, and passed over
   */
  public record Level(
      String id,
      String title,
      Set<Trouble> when,
      boolean companyWide,
      Duration notifyAfter,
      Duration notifyBy,
      Duration ackWithin,
      Duration repeatEvery,
      int repeatMost,
      Set<String> silencedBy,
      List<String> channels,
      List<String> recipients) {

    public Level {
      notifyAfter = notifyAfter == null ? Duration.ZERO : notifyAfter;
      repeatMost = Math.max(1, repeatMost);
      when = when == null ? Set.of() : Set.copyOf(when);
      silencedBy = silencedBy == null ? Set.of() : Set.copyOf(silencedBy);
      channels = channels == null ? List.of() : List.copyOf(channels);
      recipients = recipients == null ? List.of() : List.copyOf(recipients);
    }

    /** Whether there is anybody to call, and a way to do it. */
    public boolean canBeCalled() {
      return !recipients.isEmpty() && !channels.isEmpty();
    }

    public boolean appliesTo(Incident incident) {
      return (!companyWide || incident.companyWide())
          && (when.isEmpty() || when.stream().anyMatch(incident.troubles()::contains));
    }
  }

  public EscalationPolicy {
    levels = levels == null ? List.of() : List.copyOf(levels);
    remindAfter = remindAfter == null ? Duration.ZERO : remindAfter;
  }
}
