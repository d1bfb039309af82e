package dev.rollbook.local;

import static dev.rollbook.local.Shop.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import dev.rollbook.StepResult;
import io.temporal.client.ActivityWorkerShutdownException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class StoppingTest {

  @TempDir Path folder;
  private Shop shop;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder).threeReleases();
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void the_pinned_process_ends_gracefully_and_the_port_is_free() throws IOException {
    ProcessId service = shop.deploy();
    StepResult result = stop(service);
    assertThat(result.changed()).isTrue();
    assertThat(result.summary()).contains("ended gracefully", "port " + shop.port + " is free");
    assertThat(shop.machine.runs(service)).isFalse();
  }

  @Test
  void what_ignores_the_request_is_killed_after_the_grace() throws IOException {
    shop.grace = Duration.ofMillis(700);
    ProcessId deaf = deploy("trap '' TERM; exec \"$0\" -Xrs \"$@\"");
    StepResult result = stop(deaf);
    assertThat(result.summary()).contains("killed after 700 ms of grace", "is free");
    assertThat(shop.machine.runs(deaf)).isFalse();
    assertThat(shop.beats).contains("asked to end 1 process(es)");
  }

  @Test
  void children_and_grandchildren_end_too() throws IOException {
    ProcessId service = shop.deploy("children");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ProcessHandle.of(service.pid()).orElseThrow().descendants().count() == 3);
    List<ProcessHandle> tree = shop.machine.tree(service).toList();
    stop(service);
    assertThat(tree).hasSize(4).noneMatch(shop.machine::runs);
  }

  @Test
  void a_deaf_child_whose_parent_has_ended_ends_in_the_attempt_after_a_crash() throws IOException {
    ProcessId service = deployWithDeafChildren();
    List<ProcessHandle> tree = shop.machine.tree(service).toList();
    goAwayOnceEnded(service);
    assertThat(tree).filteredOn(shop.machine::runs).hasSize(3);

    StepResult result = stop(service);
    assertThat(result.changed()).isTrue();
    assertThat(result.summary())
        .startsWith("what was left of pid " + service.pid())
        .contains("killed after 300 ms of grace", "is free");
    assertThat(tree).noneMatch(shop.machine::runs);
    assertThat(stop(service).summary()).startsWith("already stopped");
  }

  @Test
  void a_deaf_child_whose_parent_has_ended_ends_in_the_emergency_stop_after_a_crash()
      throws IOException {
    ProcessId service = deployWithDeafChildren();
    List<ProcessHandle> tree = shop.machine.tree(service).toList();
    goAwayOnceEnded(service);

    StepResult result =
        shop.stopping(shop.pinned("v3", "v2", service, List.of())).stopEverythingOfThisRun();
    assertThat(result.summary()).startsWith("stopped; ");
    assertThat(tree).noneMatch(shop.machine::runs);
  }

  @Test
  void children_end_too_when_their_parent_died_after_it_was_pinned() throws IOException {
    ProcessId service = deployWithDeafChildren();
    List<ProcessHandle> tree = shop.machine.tree(service).toList();
    PinnedService pinned = shop.pinned("v3", "v2", service, List.of());
    ProcessHandle.of(service.pid()).orElseThrow().destroyForcibly();
    await().atMost(Duration.ofSeconds(30)).until(() -> !shop.machine.runs(service));

    assertThat(shop.stopping(pinned).stopPinned().changed()).isTrue();
    assertThat(tree).noneMatch(shop.machine::runs);
  }

  private ProcessId deployWithDeafChildren() throws IOException {
    shop.grace = Duration.ofMillis(300);
    ProcessId service = shop.deploy("deaf-children");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ProcessHandle.of(service.pid()).orElseThrow().descendants().count() == 3);
    return service;
  }

  /** A worker that begins to stop it, and is gone within the grace. */
  private void goAwayOnceEnded(ProcessId service) {
    shop.grace = Duration.ofSeconds(60);
    shop.heartbeat =
        progress -> {
          if (!shop.machine.runs(service)) {
            throw new ActivityWorkerShutdownException();
          }
        };
    assertThatThrownBy(() -> stop(service)).isInstanceOf(ActivityWorkerShutdownException.class);
    shop.heartbeat = shop.beats::add;
    shop.grace = Duration.ofMillis(300);
  }

  /** The application is a child of the daemon, which builds for others too, not of the client. */
  @Test
  void of_a_gradle_run_the_application_ends_with_its_own_and_the_daemon_lives() throws IOException {
    shop.script("daemon.sh", "\"$@\"; touch '" + folder.resolve("result") + "'; exec sleep 1000");
    shop.script(
        "gradlew",
        "setsid ./daemon.sh \"$@\" & while [ ! -e '"
            + folder.resolve("result")
            + "' ]; do sleep 0.05; done");
    List<String> run = new ArrayList<>(List.of("./gradlew"));
    run.addAll(shop.service("-", "children"));
    Process client = shop.run(run);
    ProcessId application = shop.listening(client);
    ProcessHandle daemon =
        ProcessHandle.of(application.pid()).flatMap(ProcessHandle::parent).orElseThrow();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ProcessHandle.of(application.pid()).orElseThrow().descendants().count() == 3);
    List<ProcessHandle> own = shop.machine.tree(application).toList();

    stop(application);
    assertThat(own).hasSize(4).noneMatch(shop.machine::runs);
    assertThat(daemon.isAlive()).isTrue();
    assertThat(client.onExit().orTimeout(30, TimeUnit.SECONDS).join().exitValue()).isZero();
  }

  @Test
  void a_service_that_is_down_is_already_stopped() throws IOException {
    StepResult result = stop(null);
    assertThat(result.changed()).isFalse();
    assertThat(result.summary()).isEqualTo("already stopped: port " + shop.port + " is free");

    ProcessId service = shop.deploy();
    stop(service);
    assertThat(stop(service).summary()).startsWith("already stopped");
  }

  @Test
  void another_process_on_the_port_is_a_newer_deploy_and_lives_on() throws IOException {
    ProcessId old = shop.deploy();
    stop(old);
    ProcessId newer = shop.deploy();
    for (ProcessId pinned : new ProcessId[] {old, null}) {
      failsAs("NewerDeploy", () -> stop(pinned))
          .hasMessageContaining("pid " + newer.pid())
          .hasMessageContaining("Nothing was stopped");
    }
    assertThat(shop.machine.runs(newer)).isTrue();
  }

  @Test
  void the_same_number_with_another_start_is_another_process() throws IOException {
    ProcessId service = shop.deploy();
    ProcessId before = new ProcessId(service.pid(), service.startedAt().minusSeconds(60));
    failsAs("NewerDeploy", () -> stop(before));
    failsAs(
            "StillListening",
            () ->
                shop.stopping(shop.pinned("v3", "v2", before, List.of())).stopEverythingOfThisRun())
        .hasMessageContaining("which is not of this run and was left")
        .hasMessageContaining("The service is not stopped");
    assertThat(shop.machine.runs(service)).isTrue();
  }

  @Test
  void a_number_reused_by_a_process_without_the_port_is_left_alone() throws IOException {
    Process bystander = shop.run("sleep", "1000");
    ProcessId is = shop.machine.find(bystander.pid()).orElseThrow();
    ProcessId was = new ProcessId(is.pid(), is.startedAt().minusSeconds(60));
    shop.plan().keepProcesses(List.of(was)); // as an attempt before a crash has seen it
    assertThat(stop(was).summary()).startsWith("already stopped");
    assertThat(bystander.isAlive()).isTrue();
  }

  @Test
  void an_ended_process_that_nobody_waits_for_counts_as_stopped() throws IOException {
    Process parent =
        shop.run("sh", "-c", "sleep 0.01 & echo $! >'" + folder + "/zombie'; exec sleep 1000");
    Path written = folder.resolve("zombie");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.exists(written) && !Files.readString(written).isBlank());
    long pid = Long.parseLong(Files.readString(written).strip());
    Path stat = Path.of("/proc/" + pid + "/stat");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !Files.exists(stat) || Files.readString(stat).contains(") Z "));
    assertThat(parent.isAlive()).isTrue();
    assertThat(shop.machine.find(pid)).isEmpty();
    ProcessHandle.of(pid).ifPresent(zombie -> assertThat(shop.machine.runs(zombie)).isFalse());
  }

  @Test
  void a_supervisor_that_restarts_the_service_is_named() throws IOException {
    ProcessId service = deploy("while true; do \"$0\" \"$@\"; done");
    ProcessHandle first = ProcessHandle.of(service.pid()).orElseThrow();
    ProcessHandle supervisor = first.parent().orElseThrow();
    String command = first.info().commandLine().orElseThrow();
    // A2 begins to watch; A3 must not start another beside it
    failsAs(
            "StillListening",
            () -> {
              stop(service);
              await()
                  .atMost(Duration.ofSeconds(30))
                  .until(() -> runsAgain(supervisor, command, service));
              shop.starting().finish();
            })
        .hasMessageMatching(
            "(?s).*(was started again as pid [0-9]+ by|is taken again by) pid [0-9]+.*");
    assertThat(shop.machine.runs(service)).isFalse();
    assertThat(shop.plan().job("start").state()).isEqualTo(DetachedJob.State.NOT_STARTED);
  }

  private static boolean runsAgain(ProcessHandle supervisor, String command, ProcessId before) {
    return supervisor
        .children()
        .filter(child -> child.pid() != before.pid())
        .anyMatch(child -> child.info().commandLine().filter(command::equals).isPresent());
  }

  @Test
  void a_supervisor_that_restarts_it_late_is_named_before_another_is_started() throws IOException {
    Path again = folder.resolve("again");
    ProcessId service =
        deploy("\"$0\" \"$@\"; until [ -e '" + again + "' ]; do sleep 0.05; done; \"$0\" \"$@\"");
    stop(service);
    Files.createFile(again); // as while a build takes its time
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> !shop.machine.listeners(shop.port).isEmpty());

    failsAs("StillListening", () -> shop.starting().finish())
        .hasMessageContaining("was started again as pid");
    assertThat(shop.plan().job("start").state()).isEqualTo(DetachedJob.State.NOT_STARTED);
  }

  @Test
  void a_supervisor_that_restarts_it_while_another_starts_is_named() throws IOException {
    Path go = folder.resolve("restart");
    ProcessId service =
        deploy(
            "while true; do \"$0\" \"$@\"; while [ ! -e '%s' ]; do sleep 0.05; done; done"
                .formatted(go));
    stop(service);
    Files.createFile(go);

    failsAs("StillListening", () -> shop.starting().finish())
        .hasMessageContaining("was started again as pid");
  }

  @Test
  void the_emergency_stop_ends_build_and_service_of_the_run_and_the_pinned_process()
      throws IOException {
    ProcessId pinned = shop.deploy();
    DetachedJob build = shop.plan().job("build");
    build.startOnce(sleeping(), Map.of());
    DetachedJob start = shop.plan().job("start");
    start.startOnce(sleeping(), Map.of());

    StepResult result =
        shop.stopping(shop.pinned("v3", "v2", pinned, List.of())).stopEverythingOfThisRun();
    assertThat(result.summary()).isEqualTo("stopped; port " + shop.port + " is free");
    assertThat(build.processes()).isEmpty();
    assertThat(start.processes()).isEmpty();
    assertThat(shop.machine.runs(pinned)).isFalse();
    assertThat(
            shop.stopping(shop.pinned("v3", "v2", pinned, List.of()))
                .stopEverythingOfThisRun()
                .summary())
        .startsWith("nothing ran; ");
  }

  private Command sleeping() {
    return new Command(
        List.of("sh", "-c", "sleep 1000 & sleep 1001"), shop.repository, Duration.ofMinutes(1));
  }

  private StepResult stop(ProcessId pinned) throws IOException {
    return shop.stopping(shop.pinned("v3", "v2", pinned, List.of())).stopPinned();
  }

  /** By a shell that gets the service's command as $0 and its arguments. */
  private ProcessId deploy(String shell) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", shell));
    command.addAll(shop.service("-"));
    return shop.listening(shop.run(command));
  }
}
