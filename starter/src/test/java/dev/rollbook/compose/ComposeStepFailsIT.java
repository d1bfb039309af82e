package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Abort;
import dev.rollbook.Order;
import dev.rollbook.Outcome;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.Verdict;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.shop.InProcessWorker;
import io.temporal.client.WorkflowStub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section B, made to fail at each of its steps in turn. */
@NeedsDocker
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class ComposeStepFailsIT {

  private static final String SECTION = StagingShop.RUN_ID + "/compose";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "B5 | UP   | ENTRYPOINT [\"/no/such/program\"]                            | no such file",
        "B6 | UP   | ENTRYPOINT [\"/bin/sh\",\"-c\",\"echo no licence; exit 3\"] | no licence",
        "B7 | DOWN | ENV NOTHING=more                                             | DOWN",
        "B8 | UP   | RUN sed -i s/id.:1/id\\\":2/ /serve.sh                       | products"
      })
  void a_bad_target_ends_stopped_announced_and_escalated(
      String step, String health, String more, String words) throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      shop.compose().up(ComposeCli.V1);
      shop.compose().build("v0", health, more);
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        RollbackRequest request = to("v0");

        Run run = worker.run(request);

        assertThat(run.reason()).startsWith(step + " failed").contains(words);
        stoppedAndTold(shop, worker, request, run);
        assertThat(shop.compose().file()).content().contains("image: rollback/shop:");
      }
    }
  }

  /** The database's container cannot be started a second time, or does so in vain. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "B9 | rm /bin/sh                             | cannot start",
        "B7 | [ -e /ran ] && sleep 1000; touch /ran | DOWN"
      })
  void a_stack_that_is_no_better_after_its_restart_ends_stopped_and_calls_the_dba(
      String step, String database, String words) throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose();
      compose.build("v0", "DOWN");
      compose.write(
          "docker-compose.yml",
          compose.composeFile()
              + "  db:\n    image: %s\n    command: [sh, -c, \"%s\"]\n"
                  .formatted(compose.image("v1"), database));
      compose.up(ComposeCli.V1);
      shop.catalog(
          "dependencies: [{name: database, tcp: \"db:3306\", database: true}]",
          "stackRestart: {askWithin: 10m}");
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        WorkflowStub started = worker.start(to("v0"));
        worker.approve(SECTION, new Verdict("hana", "stock is frozen"));

        Run run = started.getResult(Run.class);

        assertThat(run.reason()).startsWith(step + " failed").contains(words);
        assertThat(run.steps()).extracting(Step::id).containsSubsequence("B7", "D1", "B9");
        stoppedAndTold(shop, worker, to("v0"), run);
        worker.awaitCalls("dba");
      }
    }
  }

  @Test
  void an_engine_that_stops_nothing_for_a_while_ends_stopped_when_it_does_again() throws Exception {
    try (StagingShop shop = new StagingShop(folder);
        EngineProxy proxy = new EngineProxy(ComposeShop.ENGINE)) {
      shop.compose().up(ComposeCli.V1);
      shop.catalog("engine: \"" + proxy.uri() + "\"");
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        RollbackRequest request = to("v2");
        proxy.refuses("POST .*/stop", 20);

        Run run = worker.run(request);

        assertThat(run.reason()).startsWith("B1 failed").contains("no luck");
        assertThat(step(run, "B1").attempts()).isEqualTo(20);
        stoppedAndTold(shop, worker, request, run);
      }
    }
  }

  @Test
  void before_the_first_change_it_is_blocked_and_nobody_is_called() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      String container = compose.container();
      String image = compose.build("v0", "UP");
      Path sources = compose.folder().resolve("image");
      ComposeRebuildIT.git(sources, "init", "--quiet");
      ComposeRebuildIT.commit(sources, "good");
      shop.catalog(
          "rebuild:",
          "  repository: project/image",
          "  command: [sh, -c, \"echo no licence; exit 3\"]",
          "  image: \"" + compose.image("built") + "\"");
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        Plan plan = worker.plan(to("v0"));
        compose.docker("rmi", "--force", image);

        Run run = worker.run(to("v0").withPlan(plan));

        assertThat(run.reason()).startsWith("B2 failed").contains("was not touched");
        untouched(worker, run);

        String project = Files.readString(compose.file());
        Plan next = worker.plan(to("v2"));
        Files.writeString(compose.file(), "services: {}\n");
        Run unpinned = worker.run(to("v2").withPlan(next));
        Files.writeString(compose.file(), project);

        assertThat(unpinned.reason()).startsWith("B3 failed").contains("was not touched");
        untouched(worker, unpinned);

        Run unbuilt = worker.run(to("good", true));

        assertThat(unbuilt.reason())
            .startsWith("B4 failed")
            .contains("no licence", "was not touched");
        untouched(worker, unbuilt);
        assertThat(compose.container()).isEqualTo(container);
        assertThat(compose.inspect().at("/State/Running").asBoolean()).isTrue();
      }
    }
  }

  @Test
  void a_newer_deploy_is_left_alone_and_the_prepared_file_put_back() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      String project = Files.readString(compose.file());
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        Plan plan = worker.plan(to("v2"));
        compose.up(ComposeCli.V1, "--force-recreate");
        String deployed = compose.container();

        Run run = worker.run(to("v2").withPlan(plan));

        assertThat(run.reason()).startsWith("B1 failed").doesNotContain("left behind");
        untouched(worker, run);
        assertThat(run.steps()).filteredOn(each -> each.id().equals("B3")).hasSize(2);
        assertThat(compose.file()).hasContent(project);
        assertThat(compose.container()).isEqualTo(deployed);
        assertThat(compose.inspect().at("/State/Running").asBoolean()).isTrue();
      }
    }
  }

  @Test
  void a_newer_deploy_while_ours_is_awaited_is_neither_taken_for_ours_nor_stopped()
      throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      compose.build(
          "v0", "UP", "ENTRYPOINT [\"/bin/sh\",\"-c\",\"trap 'exit 0' TERM; sleep 1000 & wait\"]");
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        WorkflowStub started = worker.start(to("v0"));
        worker.awaitStep(SECTION, "B6");
        String deployed =
            compose.composeFile().replace(compose.image("latest"), compose.image("v1"));
        Files.writeString(compose.file(), deployed);
        compose.up(ComposeCli.V1);

        Run run = started.getResult(Run.class);

        assertThat(run.reason()).startsWith("B6 failed").contains("somebody deployed meanwhile");
        untouched(worker, run);
        assertThat(compose.file()).hasContent(deployed);
        assertThat(compose.runningImage()).isEqualTo(compose.imageId("v1"));
        assertThat(compose.inspect().at("/State/Running").asBoolean()).isTrue();
        assertThat(compose.inspect().at("/HostConfig/RestartPolicy/Name").asText())
            .isEqualTo("unless-stopped");
      }
    }
  }

  @Test
  void by_a_persons_word_it_is_stopped_released_and_a_run_is_aborted() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      compose.build("v0", "DOWN");
      String container = compose.container();
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        Run stopped = worker.stop(order("double charges"));

        assertThat(stopped.reason()).isEqualTo("stopped by hana: double charges");
        isDown(shop);
        worker.awaitCalls("oncall");
        worker.awaitBoard("STOPPED");

        worker.release(order("prices mended"));

        assertThat(compose.container()).isEqualTo(container);
        assertThat(compose.inspect().at("/State/Running").asBoolean()).isTrue();
        assertThat(compose.inspect().at("/HostConfig/RestartPolicy/Name").asText())
            .isEqualTo("unless-stopped");
        worker.awaitBoard("RELEASED");

        WorkflowStub started = worker.start(to("v0"));
        worker.awaitStep(SECTION, "B7");
        worker.abort(started, new Abort("hana", "wrong service"));
        Run aborted = started.getResult(Run.class);

        assertThat(aborted.outcome()).isEqualTo(Outcome.STOPPED);
        assertThat(aborted.reason()).startsWith("aborted by hana: wrong service");
        isDown(shop);
        worker.awaitBoard("STOPPED");
        assertThat(worker.escalation(to("v0")).orElseThrow().incident().why())
            .contains("double charges", "aborted by hana: wrong service");
      }
    }
  }

  @Test
  void where_the_catalog_says_so_the_bad_target_is_left_and_people_are_called() throws Exception {
    try (StagingShop shop = new StagingShop(folder)) {
      ComposeShop compose = shop.compose().up(ComposeCli.V1);
      compose.build("v0", "DOWN");
      shop.catalog("onFailure: leave");
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        Run run = worker.run(to("v0"));

        assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
        assertThat(run.reason()).startsWith("B7 failed").endsWith("as the catalog says");
        assertThat(run.steps()).extracting(Step::id).contains("N1").doesNotContain("S1");
        assertThat(compose.runningImage()).isEqualTo(compose.imageId("v0"));
        assertThat(compose.inspect().at("/State/Running").asBoolean()).isTrue();
        worker.awaitCalls("oncall");
        worker.awaitBoard("INVESTIGATING");
      }
    }
  }

  @Test
  void an_engine_that_is_gone_when_it_is_to_stop_the_service_brings_infrastructure()
      throws Exception {
    try (StagingShop shop = new StagingShop(folder);
        EngineProxy proxy = new EngineProxy(ComposeShop.ENGINE)) {
      shop.compose().up(ComposeCli.V1);
      shop.compose().build("v0", "DOWN");
      shop.catalog("engine: \"" + proxy.uri() + "\"");
      try (InProcessWorker worker = new InProcessWorker(folder)) {
        RollbackRequest request = to("v0");
        // S1's first change; no step before it has one of the kind
        proxy.goesAwayAt("POST .*/update");

        Run run = worker.failed(worker.start(request));

        assertThat(proxy.isGone()).isTrue();
        assertThat(run.outcome()).isNull();
        assertThat(run.reason())
            .startsWith("B7 failed")
            .contains("the service could not be stopped: The Docker Engine at " + proxy.uri());
        assertThat(step(run, "S1").status()).isEqualTo(Step.Status.FAILED);
        assertThat(step(run, "S1").attempts()).isEqualTo(20);
        assertThat(Path.of(run.report())).content().contains("could not be stopped");
        worker.awaitCalls("oncall", "infrastructure");
        Escalation escalation = worker.escalation(request).orElseThrow();
        assertThat(escalation.incident().troubles())
            .containsExactlyInAnyOrder(Trouble.ROLLBACK, Trouble.INFRASTRUCTURE);
        assertThat(escalation.incident().why()).contains("B7 failed", "could not be stopped");
        worker.awaitBoard("INVESTIGATING");
      }
    }
  }

  private static void stoppedAndTold(
      StagingShop shop, InProcessWorker worker, RollbackRequest request, Run run) {
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).endsWith("the service was stopped");
    assertThat(step(run, "N1").status()).isEqualTo(Step.Status.DONE);
    assertThat(step(run, "S1").status()).isEqualTo(Step.Status.DONE);
    assertThat(step(run, "S1").summary()).contains("none starts with the engine");
    isDown(shop);
    worker.awaitCalls("oncall");
    worker.awaitBoard("STOPPED");
    Escalation escalation = worker.escalation(request).orElseThrow();
    assertThat(run.reason()).startsWith(escalation.incident().why());
    assertThat(escalation.incident().id()).isEqualTo(run.plan().pinned().planId());
  }

  /** And stays so with the engine. */
  private static void isDown(StagingShop shop) {
    List<String> containers = shop.compose().containers();
    assertThat(containers).hasSize(1);
    for (String id : containers) {
      JsonNode container = shop.compose().engine().inspectContainer(id);
      assertThat(container.at("/State/Running").asBoolean()).isFalse();
      assertThat(container.at("/HostConfig/RestartPolicy/Name").asText()).isEqualTo("no");
    }
  }

  private static void untouched(InProcessWorker worker, Run run) throws Exception {
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.steps()).extracting(Step::id).doesNotContain("N1", "S1");
    assertThat(worker.escalation(to("v2"))).isEmpty();
    assertThat(worker.board()).isEmpty();
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }

  private static Order order(String reason) {
    return new Order(ComposeShop.SERVICE, "staging", reason, "hana");
  }

  private static RollbackRequest to(String version) {
    return to(version, false);
  }

  private static RollbackRequest to(String version, boolean rebuild) {
    return new RollbackRequest(
        ComposeShop.SERVICE,
        "staging",
        version,
        "prices are wrong",
        null,
        null,
        null,
        "hana",
        false,
        false,
        rebuild,
        null,
        false);
  }
}
