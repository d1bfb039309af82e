package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Severity;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken;
import dev.rollbook.decision.AlertIntake.Taken.What;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LanesTest {

  private final List<List<String>> calls = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch open = new CountDownLatch(1);
  private final Lanes lanes = new Lanes(this::ask);

  private List<Taken> ask(String runId, List<Alert> alerts) {
    calls.add(
        alerts.stream().map(each -> each.fingerprint() + each.state().name().charAt(0)).toList());
    try {
      open.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return alerts.stream().map(each -> new Taken(What.STARTED, each.fingerprint(), runId)).toList();
  }

  @Test
  void what_one_message_brings_of_a_run_goes_as_one_call() {
    open.countDown();
    String[] twenty = IntStream.range(0, 20).mapToObj(i -> "F" + i).toArray(String[]::new);

    List<CompletableFuture<Taken>> answers = take("run", concat(twenty, "R3", "R4"));

    assertThat(answers)
        .extracting(each -> each.join().why())
        .startsWith("0", "1")
        .endsWith("3", "4");
    assertThat(calls).hasSize(1);
    assertThat(calls.get(0)).hasSize(22).endsWith("3R", "4R");
  }

  @Test
  void what_fires_after_an_end_waits_for_the_next_call_and_no_call_has_more_than_a_hundred() {
    List<CompletableFuture<Taken>> answers = new ArrayList<>(take("run", "Fa"));
    await().atMost(Duration.ofSeconds(20)).until(() -> calls.size() == 1);
    answers.addAll(take("run", "Ra", "Fb"));
    answers.addAll(
        take("run", IntStream.range(0, 120).mapToObj(i -> "F" + i).toArray(String[]::new)));
    open.countDown();

    answers.forEach(CompletableFuture::join);

    assertThat(calls.subList(0, 2)).containsExactly(List.of("aF"), List.of("aR"));
    assertThat(calls.subList(2, 4)).extracting(List::size).containsExactly(100, 21);
  }

  @Test
  void a_copy_of_what_is_under_way_has_joined_what_that_started() {
    CompletableFuture<Taken> first = take("run", "Fa").get(0);
    CompletableFuture<Taken> copy = take("run", "Fa").get(0);
    CompletableFuture<Taken> other = take("other", "Fa").get(0);
    open.countDown();

    assertThat(List.of(first.join().what(), copy.join().what(), other.join().what()))
        .containsExactly(What.STARTED, What.JOINED, What.STARTED);
    assertThat(calls).hasSize(2);
  }

  @Test
  void what_a_run_has_not_taken_is_to_be_sent_again() {
    Lanes halfDeaf = new Lanes((run, alerts) -> List.of(new Taken(What.JOINED, null, run)));

    List<CompletableFuture<Taken>> answers = halfDeaf.take("run", keyed("Fa", "Fb"));

    assertThat(answers.get(0)).succeedsWithin(Duration.ofSeconds(20));
    assertThat(answers.get(1))
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .withCauseInstanceOf(TemporalAway.class);
  }

  private List<CompletableFuture<Taken>> take(String run, String... alerts) {
    return lanes.take(run, keyed(alerts));
  }

  private static String[] concat(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** {@code Fa}: a fires; {@code Ra}: it is resolved. */
  private static Map<String, Alert> keyed(String... alerts) {
    Map<String, Alert> keyed = new LinkedHashMap<>();
    for (String each : alerts) {
      State state = each.startsWith("F") ? State.FIRING : State.RESOLVED;
      keyed.put(
          each,
          new Alert(
              each.substring(1),
              state,
              "shop",
              "local",
              Severity.HIGH,
              Instant.EPOCH,
              null,
              Instant.EPOCH,
              "Down",
              null,
              null,
              null));
    }
    return keyed;
  }
}
