package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** 문제 1: the good image is not well either, since its database is down, and people are asked. */
@NeedsDocker
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class StackRestartIT {

  private static final String QUESTION = "Restart the whole stack";

  /** Healthy when its database answered at the start. */
  private static final String ASKS_DATABASE =
      "ENTRYPOINT [\"/bin/sh\",\"-c\",\"APP_HEALTH=DOWN; nc -w 1 db 3306 </dev/null && APP_HEALTH=UP; export APP_HEALTH; exec /bin/sh /serve.sh\"]";

  @TempDir Path folder;

  @Test
  @NeedsTemporal
  void with_a_persons_yes_the_stack_is_restarted_in_order_and_the_service_is_well()
      throws Exception {
    try (StagingShop shop = withItsDatabaseDown()) {
      Rollbook.Running run = start(shop, new Rollbook(folder));
      Rollbook.Answer status = new Rollbook(folder).call("status");
      Rollbook.Answer noReason = new Rollbook(folder).call("approve", "shop", "-e", "staging");

      Rollbook.Answer approve = answer(new Rollbook(folder), "approve", "stock is frozen");
      Rollbook.Answer ended = run.answer(120);

      assertThat(status.out()).contains(QUESTION, "database", "rollbook approve shop -e staging");
      assertThat(noReason.exitCode()).as(noReason.toString()).isEqualTo(2);
      assertThat(approve.exitCode()).as(approve.toString()).isZero();
      assertThat(ended.exitCode()).as(ended.toString()).isZero();
      JsonNode told = StagingShop.json(ended);
      assertThat(told.path("outcome").asText()).isEqualTo("ROLLED_BACK");
      assertThat(StagingShop.stepIds(told))
          .containsSubsequence("B7", "D1", "B9", "B6", "B7", "B8", "R1");
      assertThat(told.toString()).contains("allowed by " + System.getProperty("user.name"));
      assertThat(startedAt(shop, "db")).isBefore(startedAt(shop, "shop"));
      assertThat(shop.compose().runningImage()).isEqualTo(shop.compose().imageId("v0"));
      assertThat(shop.report()).contains("allowed by", "database");
    }
  }

  @Test
  @NeedsTemporal
  void with_a_persons_no_the_service_is_stopped_and_nothing_restarted() throws Exception {
    try (StagingShop shop = withItsDatabaseDown();
        Receiver phone = new Receiver()) {
      Files.writeString(
          folder.resolve("rollbook.yaml"),
          """
          channels:
            hook: {type: webhook, url: "%s"}
          roles:
            oncall: [kim]
            dba: [mo]
            infrastructure: [lee]
          """
              .formatted(phone.url("/hook")),
          StandardOpenOption.APPEND);
      Rollbook.Running run = start(shop, new Rollbook(folder));

      Rollbook.Answer reject = answer(new Rollbook(folder), "reject", "payments are under way");
      Rollbook.Answer ended = run.answer(120);

      assertThat(reject.exitCode()).as(reject.toString()).isEqualTo(4);
      assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(4);
      assertThat(StagingShop.json(ended).path("outcome").asText()).isEqualTo("STOPPED");
      assertThat(StagingShop.json(ended).toString())
          .contains("rejected by", "payments are under way");
      assertThat(shop.compose().inspect().at("/State/Running").asBoolean()).isFalse();
      assertThat(database(shop).at("/State/Running").asBoolean()).isFalse();
      assertThat(phone.requests())
          .as("the command stays until the calls that are due are out")
          .anyMatch(call -> call.body().contains("\"level\":\"oncall\""))
          .anyMatch(call -> call.body().contains("\"level\":\"dba\""))
          .noneMatch(call -> call.body().contains("\"level\":\"infrastructure\""));
    }
  }

  /** The engine in a process is nobody else's; its journal is. */
  @Test
  void a_run_that_was_cut_off_at_its_question_goes_on_with_the_answer() throws Exception {
    try (StagingShop shop = withItsDatabaseDown()) {
      Rollbook.Running run = start(shop, shop.rollbook());

      Rollbook.Answer busy = answer(shop.rollbook(), "approve", "stock is frozen");
      run.process().destroyForcibly().waitFor();
      Rollbook.Answer approve = answer(shop.rollbook(), "approve", "stock is frozen");

      assertThat(busy.exitCode()).as(busy.toString()).isEqualTo(3);
      assertThat(busy.err()).contains(String.valueOf(run.process().pid()));
      assertThat(approve.exitCode()).as(approve.toString()).isZero();
      assertThat(StagingShop.json(approve).path("outcome").asText()).isEqualTo("ROLLED_BACK");
      assertThat(startedAt(shop, "db")).isBefore(startedAt(shop, "shop"));
    }
  }

  private StagingShop withItsDatabaseDown() throws Exception {
    StagingShop shop =
        new StagingShop(folder)
            .catalog(
                "dependencies: [{name: database, tcp: \"db:3306\", database: true}]",
                "stackRestart: {askWithin: 10m}",
                StagingShop.by(ComposeCli.V1));
    ComposeShop compose = shop.compose();
    compose.build("v0", "UP", ASKS_DATABASE);
    compose.write(
        "docker-compose.yml",
        compose.composeFile()
            + """
                depends_on: [db]
              db:
                image: %s
                command: ["httpd", "-f", "-p", "3306"]
            """
                .formatted(compose.image("v1")));
    compose.up(ComposeCli.V1);
    compose.docker("stop", "--time", "0", compose.containersOf("db").get(0));
    return shop;
  }

  /** Returns when the run asks. */
  private static Rollbook.Running start(StagingShop shop, Rollbook rollbook) throws Exception {
    Rollbook.Running run = rollbook.start(StagingShop.arguments("run", "--to", "v0"));
    Awaitility.await()
        .atMost(Duration.ofSeconds(150))
        .failFast(() -> assertThat(run.process().isAlive()).as(run.out() + run.err()).isTrue())
        .until(() -> run.err().contains("? B9"));
    return run;
  }

  private static Rollbook.Answer answer(Rollbook rollbook, String word, String reason)
      throws Exception {
    return rollbook.call(StagingShop.arguments(word, "--reason", reason));
  }

  private static JsonNode database(StagingShop shop) {
    List<String> all = shop.compose().containersOf("db");
    assertThat(all).hasSize(1);
    return shop.compose().engine().inspectContainer(all.get(0));
  }

  private static Instant startedAt(StagingShop shop, String service) {
    JsonNode container = service.equals("db") ? database(shop) : shop.compose().inspect();
    assertThat(container.at("/State/Running").asBoolean()).isTrue();
    return Instant.parse(container.at("/State/StartedAt").asText());
  }
}
