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
  void what_was_rolled_back_for_is_known_too() {
    asks("run-1", "shop", "v3", "a@1");
    temporal.sleep(Duration.ofHours(4));

    assertThat(asks("run-2", "shop", null, "a@1")).isEqualTo(Refusal.DECIDED);
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
