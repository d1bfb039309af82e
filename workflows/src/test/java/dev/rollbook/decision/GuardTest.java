package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Permission.Refusal;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(240)
class GuardTest {

  private static final GuardLimits LIMITS = new GuardLimits(Duration.ofMinutes(30), 2, 3);

  private TestWorkflowEnvironment temporal;
  private Guard guard;

  @BeforeEach
  void start() {
    temporal = TestWorkflowEnvironment.newInstance();
    temporal
        .newWorker(TaskQueues.ROLLBOOK)
        .registerWorkflowImplementationTypes(GuardWorkflow.class);
    temporal.start();
    guard =
        temporal
            .getWorkflowClient()
            .newWorkflowStub(
                Guard.class,
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.ROLLBOOK)
                    .setWorkflowId(WorkflowIds.GUARD)
                    .build());
    WorkflowClient.start(guard::guard, null);
  }

  @AfterEach
  void stop() {
    temporal.close();
  }

  @Test
  void a_service_is_left_alone_for_half_an_hour() {
    assertThat(asks("run-1", "shop", "v3")).isNull();

    assertThat(asks("run-2", "shop", null)).isEqualTo(Refusal.COOL_DOWN);
    assertThat(asks("run-3", "cart", "v7")).isNull();
    temporal.sleep(Duration.ofMinutes(30));
    assertThat(asks("run-4", "shop", null)).isNull();
  }

  @Test
  void the_same_run_is_told_the_same_and_counted_once() {
    assertThat(asks("run-1", "shop", null)).isNull();
    assertThat(asks("run-1", "shop", "v3")).isNull();
    assertThat(asks("run-1", "shop", "v3")).isNull();

    assertThat(guard.status().rolled()).hasSize(1);
  }

  @Test
  void a_version_that_is_back_is_not_rolled_back_twice() {
    asks("run-1", "shop", "v3");
    temporal.sleep(Duration.ofHours(2));

    assertThat(asks("run-2", "shop", "v3")).isEqualTo(Refusal.SAME_VERSION);
    assertThat(asks("run-3", "shop", "v4")).isNull();
  }

  @Test
  void too_many_within_an_hour_are_left_to_people() {
    asks("run-1", "shop", "v9");
    temporal.sleep(Duration.ofMinutes(31));
    asks("run-2", "shop", "v8");
    temporal.sleep(Duration.ofMinutes(28));
    assertThat(asks("run-3", "cart", "v1")).isNull();
    assertThat(asks("run-4", "mail", "v1")).isEqualTo(Refusal.TOO_MANY);

    temporal.sleep(Duration.ofMinutes(2));

    assertThat(asks("run-4", "mail", "v1")).isNull();
  }

  @Test
  void what_people_roll_back_counts_for_cool_down_and_version_and_is_never_too_much() {
    for (int i = 1; i <= 3; i++) {
      guard.rolledBackByHand(byHand("run-" + i, "shop", "v3"));
    }
    guard.rolledBackByHand(byHand("run-3", "shop", "v3"));

    assertThat(guard.status().rolled()).hasSize(3);
    assertThat(asks("run-4", "shop", null)).isEqualTo(Refusal.COOL_DOWN);
    assertThat(asks("run-5", "cart", "v1")).isNull();
    temporal.sleep(Duration.ofMinutes(31));
    assertThat(asks("run-6", "shop", "v3")).isEqualTo(Refusal.SAME_VERSION);
    assertThat(asks("run-6", "shop", "v2")).isNull();
  }

  @Test
  void nothing_goes_back_to_what_was_rolled_back_lately() {
    guard.rolledBackByHand(byHand("run-1", "shop", "v3"));
    temporal.sleep(Duration.ofMinutes(31));

    Permission permission =
        guard.mayRollBack(new Asked("run-2", "shop", "local", "v4", "v3", List.of(), LIMITS));

    assertThat(permission.refusal()).isEqualTo(Refusal.SAME_VERSION);
    assertThat(permission.why())
        .startsWith("v3 was rolled back by hand at ")
        .endsWith(", and would be what runs");
    assertThat(permission.rolled()).isEqualTo("run-1");
  }

  private static Memory.Rolled byHand(String run, String service, String from) {
    return new Memory.Rolled(run, service, "local", from, null, true);
  }

  @Test
  void what_is_frozen_stays_until_it_is_lifted() {
    guard.freeze(new Freeze("shop", "kim", "migration", null));

    assertThat(asks("run-1", "shop", null)).isEqualTo(Refusal.FROZEN);
    assertThat(asks("run-2", "cart", null)).isNull();
    guard.freeze(new Freeze(null, "lee", "holidays", null));
    assertThat(asks("run-2", "cart", null)).isEqualTo(Refusal.FROZEN);
    assertThat(guard.status().frozen()).hasSize(2);
    assertThat(guard.unfreeze(new Freeze(null, "lee", "back", null))).isEqualTo("unfrozen");
    assertThat(guard.unfreeze(new Freeze("shop", "kim", "done", null))).isEqualTo("unfrozen");
    assertThat(guard.unfreeze(new Freeze("shop", "kim", "done", null)))
        .isEqualTo("it was not frozen");
    assertThat(asks("run-1", "shop", null)).isNull();
    assertThatThrownBy(() -> guard.freeze(new Freeze("shop", "kim", " ", null)))
        .cause()
        .hasMessageContaining("who and why");
  }

  @Test
  void alerts_that_were_decided_on_are_known_again_and_new_ones_are_not() {
    guard.decided(new Asked("run-1", "shop", "local", null, null, List.of("a@1", "b@1"), LIMITS));

    assertThat(asks("run-2", "shop", null, "b@1")).isEqualTo(Refusal.DECIDED);
    assertThat(asks("run-3", "shop", null, "b@1", "c@1")).isNull();
    assertThat(asks("run-1", "shop", null, "a@1")).isNull();
    temporal.sleep(Duration.ofHours(25));
    guard.decided(new Asked("run-5", "shop", "local", null, null, List.of(), LIMITS));
    assertThat(asks("run-4", "shop", null, "b@1")).isNull();
  }

  @Test
  void what_a_rollback_has_not_ended_within_its_cool_down_is_put_before_people_once() {
    asks("run-1", "shop", "v3", "a@1");
    temporal.sleep(Duration.ofMinutes(29));
    assertThat(asks("run-2", "shop", null, "a@1")).isEqualTo(Refusal.DECIDED);
    temporal.sleep(Duration.ofMinutes(2));

    Asked again = new Asked("run-3", "shop", "local", null, null, List.of("a@1"), LIMITS);

    assertThat(guard.mayRollBack(again).refusal()).isEqualTo(Refusal.STILL_FIRES);
    assertThat(guard.mayRollBack(again).why()).endsWith("which fires still after 30 min");
    assertThat(asks("run-3", "shop", null, "a@1", "b@1")).isNull();
    guard.decided(again);
    assertThat(asks("run-4", "shop", null, "a@1")).isEqualTo(Refusal.DECIDED);
  }

  @Test
  void a_service_whose_cool_down_is_short_is_left_to_people_the_third_time() {
    GuardLimits limits = new GuardLimits(Duration.ofMinutes(1), 2, 10);
    for (int i = 1; i <= 2; i++) {
      Asked nth = new Asked("run-" + i, "shop", "local", "v" + i, null, List.of(), limits);
      assertThat(guard.mayRollBack(nth).given()).isTrue();
      temporal.sleep(Duration.ofMinutes(2));
    }

    Permission third =
        guard.mayRollBack(new Asked("run-3", "shop", "local", "v3", null, List.of(), limits));
    Permission other =
        guard.mayRollBack(new Asked("run-4", "cart", "local", "v3", null, List.of(), limits));

    assertThat(third.refusal()).isEqualTo(Refusal.TOO_MANY);
    assertThat(third.why())
        .isEqualTo("alerts have rolled back 2 times here and 2 times in all within an hour");
    assertThat(other.given()).isTrue();
  }

  @Test
  void what_is_old_makes_nothing_new_forgotten() {
    guard.decided(decided("run-1", 0, 15_000));
    temporal.sleep(Duration.ofHours(25));

    guard.decided(decided("run-2", 20_000, 10_000));
    guard.decided(decided("run-3", 30_000, 10_000));
    assertThat(asks("run-4", "shop", null, "k@20000", "k@39999")).isEqualTo(Refusal.DECIDED);
    assertThat(asks("run-4", "shop", null, "k@14999")).isNull();

    guard.decided(decided("run-5", 40_000, 1));
    assertThat(asks("run-6", "shop", null, "k@40000", "k@30000")).isEqualTo(Refusal.DECIDED);
    assertThat(asks("run-6", "shop", null, "k@20000")).isNull();
  }

  private static Asked decided(String run, int from, int alerts) {
    return new Asked(
        run,
        "shop",
        "local",
        null,
        null,
        IntStream.range(from, from + alerts).mapToObj(i -> "k@" + i).toList(),
        LIMITS);
  }

  @Test
  void people_are_told_of_each_alert_by_one_notice_and_it_is_not_decided_by_that() {
    assertThat(guard.untold(notice("run-1", "a", "b")).alerts()).hasSize(2);
    assertThat(guard.untold(notice("run-1", "a", "b")).alerts()).hasSize(2);

    assertThat(guard.untold(notice("run-2", "c", "b", "a")).alerts())
        .containsExactly(Memory.told("c"));

    assertThat(guard.status().told()).hasSize(3);
    assertThat(asks("run-3", "shop", null, "a")).isNull();
  }

  private static Asked notice(String run, String... alerts) {
    List<String> keys = Stream.of(alerts).map(Memory::told).toList();
    return new Asked(run, null, null, null, null, keys, null);
  }

  @Test
  void it_remembers_in_a_new_history() {
    asks("run-1", "shop", "v3");
    for (int i = 0; i < 420; i++) {
      guard.decided(new Asked("run", "shop", "local", null, null, List.of("k@" + i), LIMITS));
    }

    assertThat(guard.status().rolled()).hasSize(1);
    assertThat(guard.status().known()).hasSize(420);
    assertThat(temporal.getWorkflowClient().fetchHistory(WorkflowIds.GUARD).getEvents().size())
        .isLessThan(1_500);
  }

  private Refusal asks(String run, String service, String from, String... alerts) {
    return guard
        .mayRollBack(new Asked(run, service, "local", from, null, List.of(alerts), LIMITS))
        .refusal();
  }
}
