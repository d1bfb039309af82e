package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.decision.AlertIntake.Taken;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What comes of its silence, by a clock that the test moves. */
class WatchdogTest {

  private static final Instant BEGAN = Instant.parse("2026-11-23T05:00:30Z");

  private final List<String> told = new ArrayList<>();
  private boolean isAway;
  private Instant now = BEGAN;

  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return now;
        }

        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }
      };

  private final AlertIntake intake =
      new AlertIntake() {
        @Override
        public CompletableFuture<List<Taken>> take(List<Alert> ofOneRun) {
          throw new AssertionError("it begins no run");
        }

        @Override
        public CompletableFuture<Void> quarantine(List<Alert> alike, String why) {
          if (isAway) {
            return CompletableFuture.failedFuture(new TemporalAway("nobody there", null));
          }
          told.add(alike.get(0).words());
          return CompletableFuture.completedFuture(null);
        }
      };

  @Test
  void each_silence_is_told_once() {
    Watchdog watchdog = watchdog(Optional.of(Duration.ofMinutes(5)));
    watchdog.heard(now);
    after(watchdog, 5);
    assertThat(watchdog.isSilent()).isFalse();

    after(watchdog, 1);
    after(watchdog, 60);
    assertThat(watchdog.isSilent()).isTrue();
    assertThat(told).containsExactly("Watchdog: silent since 2026-11-23T05:00:30Z");

    watchdog.heard(now);
    after(watchdog, 1);
    assertThat(watchdog.isSilent()).isFalse();
    after(watchdog, 6);
    assertThat(told).hasSize(2).last().isEqualTo("Watchdog: silent since 2026-11-23T06:06:30Z");
  }

  @Test
  void one_that_never_came_is_missed_only_where_the_catalog_expects_it() {
    Watchdog expected = watchdog(Optional.of(Duration.ofMinutes(5)));
    Watchdog unexpected = watchdog(Optional.empty());

    after(unexpected, 60);
    assertThat(unexpected.isSilent()).isFalse();
    assertThat(told).isEmpty();
    after(expected, 0);
    assertThat(told).hasSize(1);

    unexpected.heard(now);
    after(unexpected, 60);
    assertThat(unexpected.isSilent()).isFalse();
    assertThat(told).hasSize(1);
  }

  @Test
  void who_could_not_be_told_is_told_at_the_next_look() {
    Watchdog watchdog = watchdog(Optional.of(Duration.ofMinutes(5)));
    isAway = true;
    after(watchdog, 6);
    assertThat(told).isEmpty();

    isAway = false;
    after(watchdog, 0);
    after(watchdog, 0);

    assertThat(told).hasSize(1);
  }

  private Watchdog watchdog(Optional<Duration> within) {
    return new Watchdog(intake, within, clock);
  }

  private void after(Watchdog watchdog, int minutes) {
    now = now.plus(Duration.ofMinutes(minutes));
    watchdog.look();
  }
}
