package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.WorkflowIds;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A worker that freezes in the middle of Section A, and wakes when the service was stopped. */
@NeedsTemporal
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class LocalFencedIT {

  /** For so long the woken worker is watched; what it would do, it would do at once. */
  private static final Duration WATCHED = Duration.ofSeconds(5);

  private static TemporalServer temporal;

  @TempDir Path folder;

  @BeforeAll
  static void start(@TempDir Path state) throws Exception {
    temporal = new TemporalServer(state, List.of("in-a1", "in-a2", "in-a3"));
  }

  @AfterAll
  static void end() {
    temporal.close();
  }

  /** Its run is given up before it has touched anything, and then somebody stops the service. */
  @Test
  void before_its_checkout_it_moves_no_work_tree_of_a_service_that_was_stopped_since()
      throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      shop.deploy();
      Rollbook.Running zombie = slowly(shop);
      Rollbook.Running other = null;
      try {
        WorkflowStub run = Workers.run(temporal.client("in-a1"));
        awaitThat(() -> Files.exists(shop.file("git-waits")));
        zombie.signalGroup("STOP");
        cutOff(temporal.client("in-a1"));
        // it takes the step over, if it is faster than the word to end the run, and waits as well
        other = slowly(shop);
        Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
        assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.NOT_NEEDED);
        assertThat(ended.reason()).startsWith("aborted by tester");
        Rollbook.Answer stop =
            Workers.at(folder, temporal, "in-a1")
                .call("stop", "shop", "-e", "local", "--reason", "double charges");
        assertThat(stop.exitCode()).as(stop.toString()).isZero();

        Files.delete(shop.file("git-waits"));
        wake(zombie, shop);

        assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));
        assertThat(shop.checkouts()).isEmpty();
        assertThat(shop.starts()).isEmpty();
      } finally {
        end(zombie, other);
      }
    }
  }

  @Test
  void while_it_ends_the_old_process_it_leaves_what_the_next_run_has_started() throws Exception {
    try (LocalShop shop = CrashPoint.IN_A2.slow(new LocalShop(folder))) {
      shop.writePatientCatalog();
      shop.deploy();
      Rollbook.Running zombie = Workers.start(folder, temporal, "in-a2");
      WorkflowClient client = temporal.client("in-a2");
      Rollbook.Running other = null;
      try {
        WorkflowStub run = Workers.run(client);
        awaitThat(() -> CrashPoint.IN_A2.isReached(shop, client));
        zombie.signalGroup("STOP");
        cutOff(client);
        other = Workers.start(folder, temporal, "in-a2");
        awaitStopped(run, shop);
        Run next = Workers.run(client).getResult(200, TimeUnit.SECONDS, Run.class);
        assertThat(next.outcome()).as(next.reason()).isEqualTo(Outcome.ROLLED_BACK);
        List<Long> listeners = Once.listeners(shop);

        zombie.signalGroup("CONT");
        Awaitility.await()
            .during(WATCHED)
            .atMost(WATCHED.plusSeconds(20))
            .until(() -> Once.listeners(shop).equals(listeners));

        assertThat(shop.starts()).hasSize(1);
        assertThat(shop.builds()).hasSize(1);
        assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v2"));
      } finally {
        end(zombie, other);
      }
    }
  }

  @Test
  void between_build_and_start_it_starts_nothing() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      shop.buildWaits();
      shop.deploy();
      Rollbook.Running zombie = Workers.start(folder, temporal, "in-a3");
      WorkflowClient client = temporal.client("in-a3");
      Rollbook.Running other = null;
      try {
        WorkflowStub run = Workers.run(client);
        awaitThat(() -> !shop.builds().isEmpty());
        zombie.signalGroup("STOP");
        // it is a job of its own and ends: what the frozen one does next is to start
        shop.buildGoesOn();
        awaitThat(() -> Files.exists(Journals.jobs(shop).resolve("build/exit")));
        cutOff(client);
        other = Workers.start(folder, temporal, "in-a3");
        awaitStopped(run, shop);
        // none, unless the other one has taken the step over before it was to end the run
        List<String> starts = shop.starts();

        wake(zombie, shop);

        assertThat(shop.starts()).isEqualTo(starts);
      } finally {
        end(zombie, other);
      }
    }
  }

  private static void cutOff(WorkflowClient client) {
    client
        .newUntypedWorkflowStub(WorkflowIds.section(LocalShop.RUN_ID, CatalogEntry.Kind.LOCAL))
        .signal("cutOff", new Abort("tester", "the worker is frozen"));
  }

  private static void awaitStopped(WorkflowStub run, LocalShop shop) throws Exception {
    Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.STOPPED);
    assertThat(Once.listeners(shop)).isEmpty();
  }

  /** Nothing listens, for as long as it is watched. */
  private static void wake(Rollbook.Running zombie, LocalShop shop) throws Exception {
    zombie.signalGroup("CONT");
    Awaitility.await()
        .during(WATCHED)
        .atMost(WATCHED.plusSeconds(20))
        .until(() -> Once.listeners(shop).isEmpty());
  }

  private Rollbook.Running slowly(LocalShop shop) throws Exception {
    return Workers.at(folder, temporal, "in-a1").with("PATH", slowGit(shop)).worker();
  }

  /** A git that waits when the plan's checkout asks where HEAD is, having found no fence. */
  private static String slowGit(LocalShop shop) throws Exception {
    Path git =
        Stream.of(System.getenv("PATH").split(":"))
            .map(path -> Path.of(path, "git"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow();
    Path bin = Files.createDirectories(shop.file("bin"));
    Path slow =
        Files.writeString(
            bin.resolve("git"),
            """
            #!/bin/sh
            case "$*" in
              *'log --oneline -n 10') [ ! -e '%2$s'/*/evidence.json ] || : >'%3$s.next' ;;
              *'rev-parse --verify HEAD^{commit}')
                if [ -e '%3$s.next' ] && rm '%3$s.next'; then
                  : >'%3$s'
                  while [ -e '%3$s' ]; do sleep 0.1; done
                fi ;;
            esac
            exec '%1$s' "$@"
            """
                .formatted(git, shop.file(".rollbook/jobs/local/shop"), shop.file("git-waits")));
    slow.toFile().setExecutable(true);
    return bin + ":" + System.getenv("PATH");
  }

  private static void awaitThat(Callable<Boolean> condition) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(180))
        .until(condition);
  }

  private static void end(Rollbook.Running... workers) {
    for (Rollbook.Running each : workers) {
      if (each != null) {
        each.process().destroyForcibly();
      }
    }
  }
}
