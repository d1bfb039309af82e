package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.InProcessWorker;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowStub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code rollbook abort} from another terminal, in the middle of a build. */
@NeedsTemporal
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class AbortedIT {

  @Test
  void an_abort_through_the_shared_dev_server_ends_the_build_and_stops_the_service(
      @TempDir Path folder) throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      Rollbook rollbook = new Rollbook(folder);
      Rollbook.Answer run = abort(shop, rollbook, rollbook);

      assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(5);
      assertThat(Journals.processesOfRollbook(shop)).isEmpty();
    }
  }

  @Test
  void an_abort_through_a_configured_server_ends_the_build_and_stops_the_service(
      @TempDir Path folder) throws Exception {
    try (TemporalServer temporal = new TemporalServer(folder, List.of("default"));
        LocalShop shop = new LocalShop(folder).threeReleases()) {
      Rollbook rollbook = Workers.at(folder, temporal, "default");
      Rollbook.Answer run = abort(shop, rollbook, rollbook);

      assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(5);
    }
  }

  @Test
  void an_abort_of_the_checkout_leaves_the_work_tree_where_it_was_and_the_next_run_goes(
      @TempDir Path folder) throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writePatientCatalog();
      Process bad = shop.deploy();
      RollbackRequest request = RollbackRequest.of("shop", "local");
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        shop.checkoutTakes(600);
        WorkflowStub run = worker.start(request);
        Awaitility.await()
            .pollInterval(Duration.ofMillis(100))
            .atMost(Duration.ofSeconds(150))
            .until(() -> !shop.checkouts().isEmpty());
        shop.checkoutTakes(0);

        run.update("abort", String.class, new Abort("kim", "wrong service"));
        Run aborted = run.getResult(Run.class);

        assertThat(aborted.outcome()).as(aborted.reason()).isEqualTo(Outcome.NOT_NEEDED);
        assertThat(aborted.steps())
            .extracting(step -> step.id() + " " + step.status())
            .endsWith("A1 STOPPED", "A1 DONE");
        assertThat(shop.git("symbolic-ref", "HEAD").strip()).isEqualTo("refs/heads/main");
        assertThat(shop.git("status", "--porcelain")).isEmpty();
        assertThat(bad.isAlive()).isTrue();

        assertThat(worker.run(request).outcome()).isEqualTo(Outcome.ROLLED_BACK);
      }
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v2"));
    }
  }

  private static Rollbook.Answer abort(LocalShop shop, Rollbook rollbook, Rollbook other)
      throws Exception {
    shop.writeCatalog();
    shop.buildOutlastsTheRun();
    Process bad = shop.deploy();
    Rollbook.Running run = rollbook.start("run", "shop", "-e", "local", "-o", "json");
    Awaitility.await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(150))
        .until(() -> !shop.builds().isEmpty());
    List<Long> build = tree(Journals.jobs(shop).resolve("build/pid"));

    Rollbook.Answer abort =
        other.call("abort", "shop", "-e", "local", "--reason", "wrong service", "-o", "json");
    Rollbook.Answer aborted = run.answer(120);

    assertThat(abort.exitCode()).as(abort.out() + abort.err()).isEqualTo(5);
    Run told = Payloads.mapper().readValue(abort.out(), Run.class);
    assertThat(told.outcome()).isEqualTo(Outcome.STOPPED);
    assertThat(told.aborted().why()).isEqualTo("wrong service");
    assertThat(told.aborted().by()).isEqualTo(System.getProperty("user.name"));
    assertThat(told.reason()).contains("aborted by " + told.aborted().by() + ": wrong service");
    assertThat(Payloads.mapper().readValue(aborted.out(), Run.class)).isEqualTo(told);
    assertThat(build).hasSizeGreaterThan(1).noneMatch(Once::runs);
    assertThat(Once.listeners(shop)).isEmpty();
    assertThat(bad.isAlive()).isFalse();
    assertThat(shop.starts()).isEmpty();
    return aborted;
  }

  private static List<Long> tree(Path pidFile) throws Exception {
    ProcessHandle leader =
        ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip())).orElseThrow();
    return Stream.concat(Stream.of(leader), leader.descendants()).map(ProcessHandle::pid).toList();
  }
}
