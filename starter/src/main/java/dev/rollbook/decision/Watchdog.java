package dev.rollbook.decision;

import dev.rollbook.decision.Alert.State;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The alert that fires always: where it stays out, no other alert comes through either. People are
 * told of each silence once, where the catalog says how long one may be.
 */
public final class Watchdog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final long EVERY_SECONDS = 5;

  private static final String WHY =
      "the alert that fires always has stayed out: Prometheus, Alertmanager or the way from them may be gone, and other alerts with them";

  private final AlertIntake intake;
  private final Optional<Duration> within;
  private final Clock clock;
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "rollbook-watchdog");
            thread.setDaemon(true);
            return thread;
          });

  /** When it came last, or this began. */
  private Instant since;

  private boolean isHeard;
  private Instant toldOf;

  /**
   * @param within how long it may stay out, also from now on; empty: for ever
   */
  public Watchdog(AlertIntake intake, Optional<Duration> within, Clock clock) {
    this.intake = intake;
    this.within = within;
    this.clock = clock;
    this.since = clock.instant();
  }

  /** Looks from now on. */
  public void start() {
    looks.scheduleWithFixedDelay(this::look, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
  }

  synchronized void heard(Instant at) {
    since = at;
    isHeard = true;
  }

  /** When it came last; empty before the first time. */
  public synchronized Optional<Instant> heardAt() {
    return Optional.of(since).filter(last -> isHeard);
  }

  public boolean isSilent() {
    return silentSince().isPresent();
  }

  private synchronized Optional<Instant> silentSince() {
    return within
        .filter(longest -> since.plus(longest).isBefore(clock.instant()))
        .map(longest -> since);
  }

  private synchronized Optional<Instant> untold() {
    return silentSince().filter(silence -> !silence.equals(toldOf));
  }

  private synchronized void told(Instant silence) {
    toldOf = silence;
  }

  void look() {
    untold()
        .ifPresent(
            silence ->
                intake
                    .quarantine(List.of(alert(silence)), WHY)
                    .whenComplete((none, trouble) -> told(silence, trouble)));
  }

  private void told(Instant silence, Throwable trouble) {
    if (trouble == null) {
      told(silence);
      LOG.warn("no Watchdog since {}; people are told", silence);
    } else { // the next look comes all the same
      LOG.warn(
          "no Watchdog since {}; people are yet to be told: {}", silence, trouble.getMessage());
    }
  }

  private Alert alert(Instant silence) {
    Instant second = silence.truncatedTo(ChronoUnit.SECONDS);
    return new Alert(
        MappedAlert.WATCHDOG,
        State.RESOLVED,
        null,
        null,
        null,
        second,
        null,
        clock.instant(),
        MappedAlert.WATCHDOG,
        "silent since " + second,
        null,
        null);
  }

  @Override
  public void close() {
    looks.shutdownNow();
  }
}
