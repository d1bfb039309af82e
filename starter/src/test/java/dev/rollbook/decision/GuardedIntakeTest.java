package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Severity;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken;
import dev.rollbook.decision.AlertIntake.Taken.What;
import dev.rollbook.decision.Memory.Known;
import dev.rollbook.decision.Memory.Rolled;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is told of the guard without waiting for it. */
class GuardedIntakeTest {

  private static final Instant NOW = Instant.parse("2026-11-23T05:00:00Z");
  private static final GuardLimits LIMITS = new GuardLimits(Duration.ofMinutes(30), 2, 10);

  private final List<String> asked = new ArrayList<>();
  private final List<List<String>> told = new ArrayList<>();
  private What became = What.STARTED;

  private final AlertIntake run =
      new AlertIntake() {
        @Override
        public CompletableFuture<List<Taken>> take(List<Alert> ofOneRun) {
          ofOneRun.forEach(each -> asked.add(each.fingerprint()));
          return CompletableFuture.completedFuture(
              ofOneRun.stream().map(each -> new Taken(became, each.fingerprint(), "run")).toList());
        }

        @Override
        public CompletableFuture<Void> quarantine(List<Alert> alike, String why) {
          told.add(alike.stream().map(Alert::fingerprint).toList());
          return CompletableFuture.completedFuture(null);
        }
      };

  @Test
  void what_was_decided_on_begins_nothing_and_the_others_are_answered_in_their_order() {
    AlertIntake guarded = guarded(memory(List.of(), List.of(known("a"), known("c"))));

    List<Taken> answers = taken(guarded, "a", "b", "c", "d");

    assertThat(answers)
        .extracting(Taken::what, Taken::why)
        .extracting(Object::toString)
        .containsExactly(
            "(IGNORED, \"this alert was decided on before\")",
            "(STARTED, \"b\")",
            "(IGNORED, \"this alert was decided on before\")",
            "(STARTED, \"d\")");
    assertThat(asked).containsExactly("b", "d");
  }

  @Test
  void an_end_of_what_was_decided_on_is_told_all_the_same() {
    AlertIntake guarded = guarded(memory(List.of(), List.of(known("a"))));

    AlertTaken.by(guarded, alert("a", State.RESOLVED));

    assertThat(asked).containsExactly("a");
  }

  @Test
  void what_the_guard_forbids_is_said_of_what_it_would_start() {
    Memory frozen =
        new Memory(List.of(), List.of(new Freeze("shop", "kim", "migration", NOW)), List.of());

    assertThat(taken(guarded(frozen), "a"))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.what()).isEqualTo(What.COOLDOWN);
              assertThat(each.why()).contains("shop is frozen by kim", "migration");
              assertThat(each.runId()).isEqualTo("run");
            });

    became = What.JOINED;
    assertThat(taken(guarded(frozen), "a")).extracting(Taken::what).containsExactly(What.JOINED);
  }

  @Test
  void what_a_rollback_has_not_ended_is_known_within_its_cool_down_only() {
    Memory lately = memory(List.of(rolled(29)), List.of(known("a")));
    Memory before = memory(List.of(rolled(31)), List.of(known("a")));

    assertThat(taken(guarded(lately), "a")).extracting(Taken::what).containsExactly(What.IGNORED);
    assertThat(taken(guarded(lately), "b")).extracting(Taken::what).containsExactly(What.COOLDOWN);
    assertThat(taken(guarded(before), "a")).extracting(Taken::what).containsExactly(What.STARTED);
  }

  @Test
  void people_are_told_only_of_what_they_were_not_told_of() {
    String known = TellOnCall.key(alert("a", State.FIRING), "odd");
    AlertIntake guarded =
        guarded(memory(List.of(), List.of(new Known(null, "notice", NOW, List.of(known)))));

    guarded.quarantine(alerts("a", "b"), "odd").join();
    guarded.quarantine(alerts("a"), "odd").join();
    guarded.quarantine(alerts("a"), "odder").join();

    assertThat(told).containsExactly(List.of("b"), List.of("a"));
  }

  private AlertIntake guarded(Memory memory) {
    return new GuardedIntake(run, () -> memory, LIMITS, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static Memory memory(List<Rolled> rolled, List<Known> known) {
    return new Memory(rolled, List.of(), known);
  }

  private static Known known(String fingerprint) {
    return new Known(null, "run-1", NOW, List.of(alert(fingerprint, State.FIRING).key()));
  }

  private static Rolled rolled(int minutesAgo) {
    Instant at = NOW.minus(Duration.ofMinutes(minutesAgo));
    return new Rolled("run-1", "shop", "local", "v3", at, false);
  }

  private static List<Taken> taken(AlertIntake guarded, String... fingerprints) {
    return AlertTaken.awaited(guarded.take(alerts(fingerprints)));
  }

  private static List<Alert> alerts(String... fingerprints) {
    return Stream.of(fingerprints).map(each -> alert(each, State.FIRING)).toList();
  }

  private static Alert alert(String fingerprint, State state) {
    return new Alert(
        fingerprint,
        state,
        "shop",
        "local",
        Severity.HIGH,
        NOW,
        null,
        NOW,
        "Down",
        null,
        null,
        null);
  }
}
