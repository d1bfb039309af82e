package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.Release.good;
import static dev.rollbook.kubernetes.Release.other;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.kubernetes.ApiProxy.Fault;
import dev.rollbook.kubernetes.ClusterFailure.Unreachable;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One shop that goes to and fro between two good releases. */
@NeedsKubernetes
@Execution(ExecutionMode.SAME_THREAD)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class ApiTroubleTest {

  private static final String LOOK = "GET .*/deployments/shopping-service ";
  private static final String WATCH = "GET .*watch=true";
  private static final String PATCH = "PATCH ";

  private KubernetesShop shop;
  private ApiProxy proxy;
  private KubernetesEnvironment environment;
  private RolloutSteps steps;

  @BeforeAll
  void open(@TempDir Path folder) throws Exception {
    shop = new KubernetesShop();
    shop.rollOut(good()).rollOut(other());
    proxy = new ApiProxy(shop.kubeconfig());
    environment = shop.environment().kubeconfig(proxy.kubeconfig(folder)).build();
  }

  @AfterAll
  void close() throws Exception {
    proxy.close();
    shop.close();
  }

  @BeforeEach
  void plan() {
    steps =
        new RolloutSteps(
            shop.pinned(shop.release().equals("good") ? other() : good()), environment);
  }

  @AfterEach
  void heal() {
    steps.close();
    proxy.reset();
  }

  @ParameterizedTest
  @EnumSource(names = {"CUT", "GONE", "CLOSED", "ERROR"})
  void a_rollout_is_seen_where_no_watch_holds(Fault fault) {
    steps.undo();
    proxy.each(WATCH, fault);

    assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
    assertThat(proxy.seen(WATCH)).isGreaterThanOrEqualTo(2);
  }

  @Test
  void a_watch_wakes_whoever_waits() throws Exception {
    WorkloadState now = steps.look();
    try (WorkloadNews news = new WorkloadNews(steps.cluster(), now)) {
      news.await(Duration.ofMinutes(5), () -> {}); // what is there is news, too
      CompletableFuture<Void> woken =
          CompletableFuture.runAsync(() -> news.await(Duration.ofMinutes(5), () -> {}));

      new GuardedPatch(now).annotate("changed", shop.suffix()).send(steps.cluster());

      woken.get(30, TimeUnit.SECONDS);
      assertThat(proxy.seen(WATCH)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CUT", "TORN", "TOO_MANY", "ERROR"})
  void passing_trouble_is_left_to_the_next_attempt(Fault fault) {
    steps.undo();
    proxy.each(LOOK, fault); // the HTTP client itself asks once more after a cut

    assertThatThrownBy(steps::awaitRollout).isInstanceOf(ClusterFailure.class);
    proxy.reset();
    assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
  }

  /** What a run does beside C2 and C3, in its order: each leaves the shop for the next one. */
  enum Other {
    C1((activities, service) -> activities.rollout.history(service)),
    E1((activities, service) -> activities.rollout.captureEvidence(service)),
    C4((activities, service) -> activities.pods.awaitStable(service)),
    C5((activities, service) -> activities.pods.checkLogs(service)),
    C6((activities, service) -> activities.pods.awaitEndpoints(service)),
    C7((activities, service) -> activities.pods.awaitHealthy(service)),
    C9((activities, service) -> activities.rollout.watchKept(service)),
    C10((activities, service) -> activities.rollout.scaleToZero(service)),
    C11((activities, service) -> activities.rollout.scaleBack(service));

    private final BiConsumer<KubernetesActivities, PinnedService> step;

    Other(BiConsumer<KubernetesActivities, PinnedService> step) {
      this.step = step;
    }
  }

  @ParameterizedTest
  @EnumSource
  void every_other_step_leaves_trouble_to_the_next_attempt_too(Other other, @TempDir Path state) {
    if (!shop.release().equals("other")) {
      shop.rollOut(other());
    }
    PinnedService service = shop.pinned(other());
    try (KubernetesActivities activities = new KubernetesActivities(state, environment)) {
      for (Fault fault : List.of(Fault.CUT, Fault.ERROR)) {
        proxy.each("", fault);
        assertThatThrownBy(() -> other.step.accept(activities, service))
            .as(fault.name())
            .cause()
            .isInstanceOfSatisfying(
                ApplicationFailure.class,
                failure -> {
                  assertThat(failure.isNonRetryable()).isFalse();
                  assertThat(failure.getType()).startsWith(ClusterFailure.class.getName());
                });
        proxy.reset();
      }
      proxy.next("", Fault.TOO_MANY);
      other.step.accept(activities, service);
    }
  }

  @Test
  void preflight_is_asked_again_after_a_fault_and_says_which_server_is_gone(@TempDir Path state) {
    try (KubernetesActivities activities = new KubernetesActivities(state, environment)) {
      proxy.each("", Fault.ERROR);
      assertThatThrownBy(() -> activities.plan(null))
          .cause()
          .isInstanceOfSatisfying(
              ApplicationFailure.class, failure -> assertThat(failure.isNonRetryable()).isFalse());
      proxy.reset();
      proxy.next("", Fault.CUT).next("", Fault.CUT).next("replicasets", Fault.TOO_MANY);
      assertThat(activities.plan(null).findings()).noneMatch(Finding::blocks);
      proxy.reset();
      proxy.each("", Fault.CUT);
      assertThat(KubernetesActivities.of(activities.plan(null), Level.BLOCKER, "cluster"))
          .singleElement()
          .asString()
          .contains("The API server http://127.0.0.1:", "does not answer");
    }
  }

  @Test
  void what_preflight_need_not_know_holds_up_nothing_and_is_said(@TempDir Path state) {
    proxy
        .each("GET /api/v1/pods", Fault.ERROR)
        .each("resourcequotas", Fault.CUT)
        .each("horizontalpodautoscalers", Fault.ERROR)
        .each("poddisruptionbudgets", Fault.ERROR);
    try (KubernetesActivities activities = new KubernetesActivities(state, environment)) {
      Plan plan = activities.plan(null);

      assertThat(plan.findings()).noneMatch(Finding::blocks);
      assertThat(KubernetesActivities.of(plan, Level.WARNING, "capacity"))
          .satisfiesExactly(
              quotas -> assertThat(quotas).contains("quotas leave is not known", "does not answer"),
              nodes ->
                  assertThat(nodes)
                      .contains("nodes have room is not known", "list pods of all namespaces"));
      for (String check : List.of("autoscaler", "disruption budget")) {
        assertThat(KubernetesActivities.of(plan, Level.WARNING, check))
            .as(check)
            .singleElement()
            .asString()
            .contains("not known", "no luck");
      }
    }
  }

  @Test
  void a_busy_server_is_asked_again_by_the_same_attempt_reads_and_writes() {
    proxy.next(LOOK, Fault.TOO_MANY).next(PATCH, Fault.TOO_MANY);

    assertThat(steps.undo().changed()).isTrue();
    assertThat(proxy.seen(PATCH)).isEqualTo(2);
    assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
  }

  @Test
  void a_server_that_says_nothing_holds_up_no_abort() throws Exception {
    proxy.each(LOOK, Fault.SILENCE);
    CompletableFuture<Throwable> end =
        CompletableFuture.supplyAsync(
            () -> catchThrowable(steps::awaitRollout), task -> new Thread(task).start());
    await().atMost(Duration.ofSeconds(20)).until(() -> proxy.seen(LOOK) > 0);
    CancellationException abort = new CancellationException("aborted");
    steps.endAtNextBeat(abort);

    assertThat(end.get()).isSameAs(abort);
  }

  @Test
  void a_call_that_is_not_answered_ends_at_its_deadline() {
    proxy.each("GET .*/pods", Fault.SILENCE);

    assertThatThrownBy(
            () ->
                steps
                    .cluster()
                    .call(
                        "list pods",
                        Duration.ofSeconds(1),
                        client -> client.pods().inNamespace(shop.namespace()).list()))
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("did not answer `list pods` within 1 s");
  }

  @Test
  void a_write_that_meets_another_one_looks_again_and_lands_once() {
    proxy.next(PATCH, Fault.CONFLICT);

    assertThat(steps.undo().changed()).isTrue();
    assertThat(proxy.seen(PATCH)).isEqualTo(2);
    assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
  }

  @Test
  void a_write_whose_answer_is_lost_is_found_done_by_the_next_attempt() {
    proxy.next(PATCH, Fault.ANSWER_LOST);

    assertThatThrownBy(steps::undo).isInstanceOf(Unreachable.class);
    assertThat(steps.undo().summary()).startsWith("already there");
    assertThat(proxy.seen(PATCH)).isEqualTo(1);
    assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
  }
}
