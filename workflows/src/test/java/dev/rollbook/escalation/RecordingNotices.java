package dev.rollbook.escalation;

import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

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
  public final List<Followed> followed = new CopyOnWriteArrayList<>();
  public final Set<String> staysOpen = ConcurrentHashMap.newKeySet();
  public final Set<String> broken = ConcurrentHashMap.newKeySet();

  /** {@code plan-1 STOPPED}, in order. */
  public final List<String> said = new CopyOnWriteArrayList<>();

  /** What each announcement was told to leave out. */
  public final List<Set<String>> toldBefore = new CopyOnWriteArrayList<>();

  public volatile boolean spoolIsBroken;

  /** As a disk that may have room again, and a pager that may answer again: tried again. */
  public volatile boolean spoolIsFull;

  public volatile boolean pagerIsSilent;

  /** Of what is sent; tried again, too. */
  public final Set<String> silent = ConcurrentHashMap.newKeySet();

  public volatile boolean boardIsDown;
  public volatile List<String> boards = List.of("status page");
  public volatile List<String> otherBoardsTrouble = List.of();
  public volatile CountDownLatch reportIsHeld = new CountDownLatch(0);
  public volatile EscalationPolicy policy = RunbookPolicy.whole();

  @Override
  public Sent send(Notice notice) {
    if (broken.contains(notice.channel())) {
      throw ApplicationFailure.newNonRetryableFailure("410 Gone", "ChannelBroken");
    }
    if (silent.contains(notice.channel())) {
      throw ApplicationFailure.newFailure("no answer", "NotSent");
    }
    sent.add(notice);
    return new Sent("250 queued", 1, staysOpen.contains(notice.channel()));
  }

  @Override
  public Sent spool(Notice notice) {
    if (spoolIsBroken) {
      throw ApplicationFailure.newNonRetryableFailure("no space left on device", "DiskFull");
    }
    if (spoolIsFull) {
      throw ApplicationFailure.newFailure("no space left on device", "DiskFull");
    }
    spooled.add(notice);
    return new Sent(null, 1, false);
  }

  @Override
  public Sent follow(Followed call) {
    if (pagerIsSilent) {
      throw ApplicationFailure.newFailure("no answer", "NotSent");
    }
    followed.add(call);
    return new Sent("202", 1, false);
  }

  @Override
  public Announced announce(Incident incident, State state, Set<String> told) {
    if (boardIsDown) {
      throw ApplicationFailure.newFailure("status page: 503", "NotAnnounced");
    }
    toldBefore.add(told);
    announced.add(state);
    said.add(incident.id() + " " + state);
    return new Announced(boards, otherBoardsTrouble, 1);
  }

  @Override
  public Reported report(Set<String> incidents, Escalation escalation) {
    reported.add(escalation);
    try {
      reportIsHeld.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
