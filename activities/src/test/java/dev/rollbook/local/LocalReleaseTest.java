package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.AlertRequest;
import dev.rollbook.Finding;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.RollbackRequest;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.Version;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Stopped by a person's word, or after a failed rollback, and released. */
@Timeout(90)
class LocalReleaseTest {

  @TempDir Path folder;
  private Shop shop;
  private TestActivityEnvironment temporal;
  private LocalPreflight preflight;
  private LocalRepository repository;
  private LocalService service;
  private LocalEmergency emergency;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder).threeReleases();
    temporal = TestActivityEnvironment.newInstance();
    LocalEnvironments environments = (name, environment) -> shop.environment();
    temporal.registerActivitiesImplementations(
        new LocalInspection(
            environments,
            shop.state,
            shop.versions,
            shop.httpHealth(),
            shop.machine,
            Heartbeat::ofActivity),
        new GitRepository(
            environments, shop.state, shop.versions, shop.machine, Heartbeat::ofActivity),
        new LocalProcess(
            environments,
            shop.state,
            shop.httpHealth(),
            shop.machine,
            shop.redaction,
            Heartbeat::ofActivity),
        new ProcessEmergency(
            environments, shop.state, shop.machine, shop.redaction, Heartbeat::ofActivity));
    preflight = temporal.newActivityStub(LocalPreflight.class);
    repository = temporal.newActivityStub(LocalRepository.class);
    service = temporal.newActivityStub(LocalService.class);
    emergency = temporal.newActivityStub(LocalEmergency.class);
  }

  @AfterEach
  void close() {
    temporal.close();
    shop.close();
  }

  @Test
  void a_stopped_service_runs_again_from_the_same_tree_and_can_be_rolled_back() throws IOException {
    shop.deploy();
    PinnedService first = stopped("first");
    PinnedService second = stopped("second");
    assertThat(shop.machine.listeners(shop.port)).isEmpty();

    StepReport lifted = released();

    assertThat(lifted.summary())
        .startsWith("runs again: Started ShopService in 0.1 seconds; pid ")
        .endsWith("; the stop is lifted by hana: prices are right");
    assertThat(shop.count("starts")).isEqualTo(2);
    assertThat(shop.count("builds")).isZero();
    assertThat(runningVersion().id()).isEqualTo(shop.sha("v3"));
    assertThat(failure(this::released).getType()).isEqualTo("NotStopped");
    for (PinnedService ended : new PinnedService[] {first, second}) {
      assertThat(failure(() -> service.stopAfterFailure(ended)).getType()).isEqualTo("Released");
      assertThat(failure(() -> service.buildAndStart(ended)).getType()).isEqualTo("Stopped");
    }

    PinnedService rollback = preflight.inspect(RollbackRequest.of("shop", "local")).plan().pinned();
    repository.checkOut(rollback);
    assertThat(service.stop(rollback).summary()).contains("ended gracefully");
    service.buildAndStart(rollback);
    assertThat(runningVersion().id()).isEqualTo(shop.sha("v2"));
  }

  @Test
  void a_rollback_that_was_stopped_before_its_build_is_built_when_it_is_released()
      throws IOException {
    shop.deploy();
    PinnedService rollback = preflight.inspect(RollbackRequest.of("shop", "local")).plan().pinned();
    repository.checkOut(rollback);
    service.stop(rollback);
    service.stopAfterFailure(rollback);

    released();

    assertThat(shop.count("builds")).isEqualTo(1);
    assertThat(runningVersion().id()).isEqualTo(shop.sha("v2"));
  }

  @Test
  void a_rollback_of_a_stopped_service_lifts_the_stop() throws IOException {
    shop.deploy();
    stopped("first");
    PinnedService rollback = preflight.inspect(RollbackRequest.of("shop", "local")).plan().pinned();
    repository.checkOut(rollback);
    service.stop(rollback);
    service.buildAndStart(rollback);

    assertThat(failure(this::released).getType()).isEqualTo("NotStopped");
    assertThat(runningVersion().id()).isEqualTo(shop.sha("v2"));
  }

  /** As an alert's run that was planned in the moment before. */
  @Test
  void a_rollback_that_was_planned_before_the_stop_does_not_lift_it() throws IOException {
    shop.deploy();
    PinnedService begun = plan(shop.sha("v1"));
    repository.checkOut(begun);
    service.stop(begun);
    PinnedService planned = plan(shop.sha("v2"));
    stopped("first");

    assertThat(failure(() -> repository.checkOut(planned)).getType()).isEqualTo("Stopped");
    assertThat(failure(() -> service.buildAndStart(begun)).getType()).isEqualTo("Stopped");
    assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v1"));
    assertThat(shop.count("builds")).isZero();

    PinnedService next = plan(shop.sha("v2"));
    repository.checkOut(next);
    service.buildAndStart(next);
    assertThat(runningVersion().id()).isEqualTo(shop.sha("v2"));
  }

  @Test
  void while_a_stop_is_under_way_no_alert_plans_to_start_the_service_again() throws IOException {
    shop.deploy();
    stopped("first");
    shop.deploy();
    RollbackRequest alerted = AlertRequest.of("shop", "local");
    assertThat(preflight.inspect(alerted).plan().findings())
        .as("somebody has started it since")
        .noneMatch(finding -> finding.check().equals(Finding.STOP));
    StopFile stops = new StopFile(shop.state, "shop", "local");

    stops.begin(stops.of("second"));

    assertThat(preflight.inspect(alerted).plan().findings())
        .filteredOn(finding -> finding.check().equals(Finding.STOP))
        .singleElement()
        .satisfies(finding -> assertThat(finding.blocks()).isTrue());
  }

  @Test
  void what_runs_again_by_hand_is_left_as_it_is_and_no_late_attempt_starts_anything()
      throws IOException {
    shop.deploy();
    stopped("first");
    ProcessId byHand = shop.deploy();
    ReleaseOrder order = new ReleaseOrder("release", "hana", "again");

    assertThat(release(order).summary()).startsWith("ran already: " + byHand);
    assertThat(release(order).changed()).isFalse();

    stopped("second");
    assertThat(catchThrowableOfType(ApplicationFailure.class, () -> release(order)).getType())
        .isEqualTo("Stopped");
    assertThat(shop.machine.listeners(shop.port)).isEmpty();
  }

  @Test
  void a_tree_that_somebody_has_moved_since_is_not_started() throws IOException {
    shop.deploy();
    stopped("first");
    shop.write("release.txt", "v4\n");
    shop.commit("v4");

    assertThat(failure(this::released).getType()).isEqualTo("NewerDeploy");
    assertThat(shop.machine.listeners(shop.port)).isEmpty();
    assertThat(shop.count("starts")).isEqualTo(1);
  }

  @Test
  void a_service_is_stopped_though_its_repository_is_broken() throws IOException {
    shop.deploy();
    Files.move(shop.repository.resolve(".git"), folder.resolve("moved-away"));

    PinnedService pinned = stopped("first");

    assertThat(pinned.from()).isNull();
    assertThat(shop.machine.listeners(shop.port)).isEmpty();
  }

  private PinnedService plan(String to) {
    RollbackRequest request =
        new RollbackRequest(
            "shop", "local", to, null, null, null, null, "hana", false, false, false, null, false);
    return preflight.inspect(request).plan().pinned();
  }

  private PinnedService stopped(String planId) {
    PinnedService pinned = emergency.pin("shop", "local", planId).service();
    service.stopAfterFailure(pinned);
    return pinned;
  }

  private StepReport released() {
    return emergency.release("shop", "local", "hana", "prices are right");
  }

  private StepResult release(ReleaseOrder order) throws IOException {
    return new LocalRelease(
            shop.pinned("HEAD", "HEAD").withPlan(order.id()),
            shop.environment(),
            shop.state,
            order,
            shop.machine,
            shop.redaction,
            shop.heartbeat)
        .release();
  }

  private Version runningVersion() throws IOException {
    ProcessId listener = shop.machine.listeners(shop.port).get(0).process().orElseThrow();
    return PlanFolder.versionOf(listener.pid(), shop.machine).orElseThrow();
  }

  private static ApplicationFailure failure(Callable<?> step) {
    return (ApplicationFailure) catchThrowableOfType(ActivityFailure.class, step::call).getCause();
  }
}
