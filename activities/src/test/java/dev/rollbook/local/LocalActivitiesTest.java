package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.AlertRequest;
import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.Heartbeat;
import dev.rollbook.Inspection;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.ProcessId;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Secret;
import dev.rollbook.StepReport;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Section A's activities as Temporal calls them. */
@Timeout(90)
class LocalActivitiesTest {

  private static final RollbackRequest REQUEST = RollbackRequest.of("shop", "local");

  @TempDir Path folder;
  private Shop shop;
  private TestActivityEnvironment temporal;
  private LocalPreflight preflight;
  private LocalRepository repository;
  private LocalService service;

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
            Heartbeat::ofActivity));
    preflight = temporal.newActivityStub(LocalPreflight.class);
    repository = temporal.newActivityStub(LocalRepository.class);
    service = temporal.newActivityStub(LocalService.class);
  }

  @AfterEach
  void close() {
    temporal.close();
    shop.close();
  }

  @Test
  void preflight_says_all_findings_at_once_and_changes_nothing() throws IOException {
    shop.write("release.txt", "mine\n");
    shop.write(".git/index.lock", "");
    shop.write(".git/MERGE_HEAD", shop.sha("v1"));
    shop.build = List.of("./gone.sh");
    shop.start = List.of("no-such-program");
    shop.variables = Map.of("KEY", new Secret("${env:MISSING_ONE}", Map.of()));

    Inspection inspection = preflight.inspect(REQUEST);
    Set<String> blocked =
        inspection.plan().findings().stream()
            .filter(Finding::blocks)
            .map(Finding::check)
            .collect(Collectors.toSet());
    assertThat(blocked)
        .containsExactlyInAnyOrder("work tree", "variables", "build command", "start command");
    assertThat(inspection.report().summary()).startsWith("6 blocker(s), 1 warning(s); target v2");
    assertThat(inspection.report().evidence())
        .startsWith("git log --oneline -n 10\n")
        .contains(" v3\n", " v2\n", " v1");
    assertThat(shop.text("release.txt")).isEqualTo("mine\n");
    assertThat(shop.git("stash", "list")).isEmpty();
  }

  @Test
  void preflight_without_a_repository_still_says_the_rest() throws IOException {
    shop.variables = Map.of("KEY", new Secret("${env:MISSING_ONE}", Map.of()));
    Files.move(shop.repository, folder.resolve("moved-away"));
    Plan plan = preflight.inspect(REQUEST).plan();
    assertThat(plan.pinned()).isNull();
    assertThat(plan.findings().stream().filter(Finding::blocks).map(Finding::check))
        .containsExactlyInAnyOrder("variables", "repository");
  }

  @Test
  void the_plan_pins_commits_processes_and_files() throws IOException {
    ProcessId listener = shop.deploy("children");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ProcessHandle.of(listener.pid()).orElseThrow().descendants().count() == 3);
    shop.write("release.txt", "mine\n");
    Plan plan =
        preflight
            .inspect(
                new RollbackRequest(
                    "shop",
                    "local",
                    null,
                    "orders fail",
                    null,
                    null,
                    null,
                    null,
                    false,
                    true,
                    false,
                    null,
                    false))
            .plan();
    assertThat(plan.findings()).noneMatch(Finding::blocks);
    PinnedService pinned = plan.pinned();
    assertThat(pinned.from().id()).isEqualTo(shop.sha("v3"));
    assertThat(pinned.target().id()).isEqualTo(shop.sha("v2"));
    assertThat(pinned.local().listener().isSameAs(listener)).isTrue();
    assertThat(pinned.local().belonging())
        .extracting(ProcessId::pid)
        .containsExactlyInAnyOrderElementsOf(
            ProcessHandle.of(listener.pid())
                .orElseThrow()
                .descendants()
                .map(ProcessHandle::pid)
                .toList());
    assertThat(pinned.local().stash()).containsExactly("release.txt");
    assertThat(pinned.planId()).isNotBlank();
    assertThat(plan.alreadyThere()).isFalse();
  }

  @Test
  void a_whole_rollback_and_the_next_plan_is_already_there() throws IOException {
    shop.log =
        Optional.of(
            Files.writeString(shop.folder.resolve("app.log"), "HikariPool-1 - not available\n"));
    shop.deploy();
    PinnedService pinned = preflight.inspect(REQUEST).plan().pinned();

    StepReport seen = service.captureEvidence(pinned);
    assertThat(seen.evidence())
        .contains("version: v3 (", pinned.from().id(), "health: UP")
        .contains("last lines of " + shop.log.get() + "\nHikariPool-1 - not available");
    StepReport moved = repository.checkOut(pinned);
    assertThat(moved.changed()).isTrue();
    assertThat(moved.summary()).startsWith("HEAD is now at ").endsWith(" v2");
    assertThat(moved.evidence())
        .contains(pinned.target().id(), "git log --oneline -n 10 (before)", " v3\n");
    assertThat(service.stop(pinned).summary()).contains("ended gracefully");
    StepReport started = service.buildAndStart(pinned);
    assertThat(started.summary()).startsWith("Started ShopService in 0.1 seconds; pid ");
    assertThat(started.evidence()).contains("build: './build.sh'");

    shop.versions.record(pinned);
    Plan again = preflight.inspect(REQUEST).plan();
    assertThat(again.alreadyThere()).isTrue();
    // what we started ourselves writes where we had it write, whatever the catalog says
    assertThat(service.captureEvidence(again.pinned().withPlan("next")).evidence())
        .containsPattern("last lines of \\S+/start/output.log\nStarted ShopService in ")
        .doesNotContain("HikariPool");
    assertThat(again.pinned().target().id()).isEqualTo(shop.sha("v2"));
    assertThat(again.findings()).noneMatch(finding -> finding.level() == Level.BLOCKER);
    assertThat(service.stopAfterFailure(pinned).summary()).startsWith("stopped; ");
    failsAs("Stopped", () -> service.buildAndStart(pinned));
    assertThat(preflight.inspect(AlertRequest.of("shop", "local")).plan().findings())
        .filteredOn(Finding::blocks)
        .singleElement()
        .extracting(Finding::message)
        .asString()
        .contains("no alert starts it again", "`rollbook release shop -e local`");
    assertThat(preflight.inspect(REQUEST).plan().findings())
        .noneMatch(Finding::blocks)
        .filteredOn(finding -> finding.check().equals("teams"))
        .singleElement()
        .extracting(Finding::message)
        .asString()
        .contains("development, QA, operations, customer support and management");
    assertThat(shop.count("builds")).isEqualTo(1);
    assertThat(shop.count("starts")).isEqualTo(2);
  }

  @Test
  void a_work_tree_that_is_at_the_target_already_stays_as_it_is() throws IOException {
    StepReport report = repository.checkOut(shop.pinned("v2", "v3"));

    assertThat(report.changed()).isFalse();
    assertThat(report.summary()).startsWith("HEAD is already at ").endsWith(" v3");
    assertThat(report.evidence()).contains("git log --oneline -n 10 (before)");
  }

  @Test
  void building_elsewhere_than_at_the_target_is_refused_as_a_failure_that_leaves_nothing_running()
      throws IOException {
    PinnedService pinned = shop.pinned("v3", "v2");
    failsAs("TreeMoved", () -> service.buildAndStart(pinned));
    assertThat(shop.count("builds")).isZero();
  }

  @Test
  void a_cancelled_build_leaves_nothing_behind() throws Exception {
    shop.script(
        "build.sh",
        "setsid sleep 1000 & sh -c 'trap \"\" TERM; sleep 1001' & touch ../tree; sleep 1002");
    shop.commit("slow");
    PinnedService pinned = shop.pinned("v3", "HEAD");
    CompletableFuture<StepReport> building =
        CompletableFuture.supplyAsync(() -> service.buildAndStart(pinned));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> shop.machine.runningIn(shop.repository, List.of("sleep")).size() == 3);

    temporal.requestCancelActivity();
    assertThatThrownBy(building::join).hasRootCauseInstanceOf(CanceledFailure.class);
    assertThat(shop.machine.programsIn(shop.repository)).isEmpty();
    assertThat(shop.count("starts")).isZero();
  }

  private void failsAs(String type, Runnable step) {
    assertThatThrownBy(step::run)
        .isInstanceOf(ActivityFailure.class)
        .cause()
        .isInstanceOfSatisfying(
            ApplicationFailure.class, cause -> assertThat(cause.getType()).isEqualTo(type));
  }
}
