package dev.rollbook.escalation;

import dev.rollbook.TaskQueues;
import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Channels without anybody at the other end: the pager is broken, e-mail works. */
public class PlainChannels implements Notices, Announcements, EscalationPolicies, EscalationReport {

  /** E-mail, of all things, for what came over it stays open there. */
  public volatile boolean isSilent;

  volatile boolean boardIsDown;
  volatile boolean hasBoards = true;
  volatile Duration remindAfter = Duration.ofMinutes(10);

  @Override
  public Reported report(Set<String> incidents, Escalation escalation) {
    return new Reported(List.of(), 1);
  }

  @Override
  public Sent send(Notice notice) {
    if (notice.channel().equals("pager")) {
      throw ApplicationFailure.newNonRetryableFailure("410 Gone", "ChannelBroken");
    }
    return new Sent("250 queued", 1, notice.channel().equals("email"));
  }

  @Override
  public Sent spool(Notice notice) {
    return new Sent(null, 1, false);
  }

  @Override
  public Sent follow(Followed call) {
    if (isSilent) {
      throw ApplicationFailure.newFailure("no answer", "NotSent");
    }
    return new Sent("202", 1, false);
  }

  @Override
  public Announced announce(Incident incident, State state, Set<String> told) {
    if (boardIsDown) {
      throw ApplicationFailure.newNonRetryableFailure("status page: 503", "NotAnnounced");
    }
    return new Announced(hasBoards ? List.of("status page") : List.of(), List.of(), 1);
  }

  @Override
  public EscalationPolicy find(String service, String environment) {
    return new EscalationPolicy(
        "hash-1",
        List.of(
            level("oncall", "On-Call Engineer", Trouble.ROLLBACK, 0),
            level("infra", "Infrastructure Team", Trouble.INFRASTRUCTURE, 1)),
        0,
        level("commander", "Incident Commander", null, 0),
        remindAfter,
        false,
        TaskQueues.ROLLBOOK);
  }

  private static Level level(String id, String title, Trouble when, int afterMinutes) {
    return new Level(
        id,
        title,
        when == null ? Set.of() : Set.of(when),
        false,
        Duration.ofMinutes(afterMinutes),
        Duration.ofMinutes(afterMinutes),
        Duration.ofMinutes(5),
        Duration.ofMinutes(2),
        3,
        Set.of(),
        List.of("pager", "email"),
        List.of(id + "@example.com"));
  }
}
