package dev.rollbook.escalation;

import dev.rollbook.escalation.Notices.Followed;
import io.temporal.workflow.QueryMethod;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The clock that runs beside the calls: looks whether any that is due has not gone out. Started by
 * a schedule every minute; depends on nothing that an escalation does.
 */
@WorkflowInterface
public interface OverdueEscalations {

  /** Of workflows and of their schedule. */
  String ID = "rollbook-overdue-escalations";

  /** A worker that is started anew, or a slow Temporal, makes no call late by so much. */
  Duration GRACE = Duration.ofMinutes(2);

  /** People are told at once, and again so often as long as it stays so. */
  Duration TOLD_EVERY = Duration.ofHours(1);

  /** A channel may have left the catalog meanwhile. */
  Duration ENDED_WITHIN = Duration.ofDays(1);

  /**
   * Ends with the heartbeat when all calls are out, without it when one is not: silence is the
   * alarm.
   */
  @WorkflowMethod
  Checked check();

  @QueryMethod(description = "What this check has found so far.")
  Checked status();

  /**
   * What one check found; the next one reads it.
   *
   * @param open how many escalations there are
   * @param overdue those whose next call is
   * @param unended what is over, and could not be said to be so
   */
  record Checked(Instant at, int open, List<Overdue> overdue, List<Unended> unended) {

    public Checked {
      overdue = overdue == null ? List.of() : List.copyOf(overdue);
      unended = unended == null ? List.of() : List.copyOf(unended);
    }

    /** Of what people have heard; empty when it is time to tell them. */
    Optional<Overdue> toldOf(String workflowId, Instant now) {
      return overdue.stream()
          .filter(each -> each.workflowId().equals(workflowId) && each.toldAt() != null)
          .filter(each -> each.toldAt().plus(TOLD_EVERY).isAfter(now))
          .findFirst();
    }

    /** What stays open of it until people are told anew. */
    List<Followed> alertsOf(String workflowId) {
      return overdue.stream()
          .filter(each -> each.workflowId().equals(workflowId))
          .flatMap(each -> each.alerts().stream())
          .toList();
    }

    /** What is no longer so by now, or was told anew; and what was left of it before. */
    List<Unended> over(List<Overdue> byNow, Instant now) {
      Set<Followed> open =
          byNow.stream().flatMap(each -> each.alerts().stream()).collect(Collectors.toSet());
      return Stream.concat(
              unended.stream().filter(each -> each.since().plus(ENDED_WITHIN).isAfter(now)),
              overdue.stream()
                  .flatMap(each -> each.alerts().stream())
                  .filter(alert -> !open.contains(alert))
                  .map(alert -> new Unended(alert, now)))
          .toList();
    }
  }

  /** An alert that goes on where it has arrived, as on a pager, though it is over since then. */
  record Unended(Followed alert, Instant since) {}

  /**
   * @param why in words
   * @param toldAt when people heard of it last; null when nobody could be reached
   * @param alerts what they were told and stays open where it has arrived, as on a pager, until it
   *     is told again or the calls go on
   */
  record Overdue(String workflowId, String why, Instant toldAt, List<Followed> alerts) {

    public Overdue {
      alerts = alerts == null ? List.of() : List.copyOf(alerts);
    }
  }
}
