package dev.rollbook.escalation;

import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Channels, boards and the catalog's policy as small real things: they keep what they were told.
 */
public final class RecordingNotices
    implements Notices, Announcements, EscalationPolicies, EscalationReport {

  // read while calls and announcements go on
  public final List<Notice> sent = new CopyOnWriteArrayList<>();
  public final List<Notice> spooled = new CopyOnWriteArrayList<>();
  public final List<State> announced = new CopyOnWriteArrayList<>();
  public final List<Escalation> reported = new CopyOnWriteArrayList<>();
  public final Set<String> broken = ConcurrentHashMap.newKeySet();
  public volatile boolean boardIsDown;
  public volatile EscalationPolicy policy = RunbookPolicy.whole();

  @Override
  public Sent send(Notice notice) {
    if (broken.contains(notice.channel())) {
      throw ApplicationFailure.newNonRetryableFailure("410 Gone", "ChannelBroken");
    }
    sent.add(notice);
    return new Sent("250 queued", 1);
  }

  @Override
  public Sent spool(Notice notice) {
    spooled.add(notice);
    return new Sent(null, 1);
  }

  @Override
  public Announced announce(Incident incident, State state) {
    if (boardIsDown) {
      throw ApplicationFailure.newFailure("status page: 503", "NotAnnounced");
    }
    announced.add(state);
    return new Announced(List.of("status page"), 1);
  }

  @Override
  public Reported report(Set<String> incidents, Escalation escalation) {
    reported.add(escalation);
    return new Reported(List.copyOf(incidents), 1);
  }

  @Override
  public EscalationPolicy find(String service, String environment) {
    if (service != null && !service.startsWith("shopping-service")) {
      throw ApplicationFailure.newNonRetryableFailure(
          "no service " + service + "; there are: shopping-service", "UnknownService");
    }
    return policy;
  }
}
