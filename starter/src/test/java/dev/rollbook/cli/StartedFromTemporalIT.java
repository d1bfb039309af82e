package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs as Temporal UI starts them: a type, an id of any kind, an input typed by hand. */
@Timeout(500)
@NeedsTemporal
class StartedFromTemporalIT {

  @TempDir static Path folder;
  private static LocalShop shop;
  private static DevServer temporal;
  private static Rollbook.Running worker;

  @BeforeAll
  static void a_worker_on_somebody_elses_temporal() throws Exception {
    shop = new LocalShop(folder).threeReleases();
    Path catalog = shop.writeCatalog();
    Files.writeString(
        catalog,
        Files.readString(catalog).replace("build.sh], within: 60s", "build.sh], within: 5m"));
    temporal = DevServer.start(folder);
    worker = new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address()).worker();
  }

  /** Whatever another test has left. */
  private static void deployBadRelease() throws Exception {
    shop.listener().ifPresent(ProcessHandle::destroyForcibly);
    await().atMost(Duration.ofSeconds(60)).until(() -> shop.listener().isEmpty());
    shop.git("checkout", "--quiet", "main");
    shop.buildTakes(0);
    shop.deploy();
  }

  @AfterAll
  static void nothing_is_left() throws Exception {
    worker.process().destroyForcibly().waitFor();
    temporal.close();
    shop.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"service\":\"shop\",\"environment\":\"local\",\"too\":\"v1\"} | too         |"
            + " environment",
        "{\"service\":7,\"environment\":\"local\"}                       | service     | text",
        "{\"service\":\"shop\",\"environment\":\"local\",\"dryRun\":\"yes\"} | dryRun   | true or"
            + " false",
        "{}                                                             | 'service' is missing |"
            + " {\"service\"",
        "{\"service\":\"shop\"}                                          | 'environment' is missing"
            + " | {\"service\"",
        "\"shop\"                                                        | must be a JSON object |"
            + " service, environment",
        "null                                                           | empty       |"
            + " {\"service\"",
        "NONE                                                           | empty       |"
            + " {\"service\"",
        "{\"service\":\"shpo\",\"environment\":\"local\"}                | Did you mean 'shop'? |"
            + " There are: shop",
        "{\"service\":\"../../x\",\"environment\":\"local\"}             | no service  | There are:"
            + " shop",
        "{\"service\":\"shop\",\"environment\":\"lokal\"}                | Did you mean 'local'? |"
            + " local",
        "{\"service\":\"shop\",\"environment\":\"local\",\"to\":\"-x\",\"dryRun\":true} | OK | is"
            + " no commit",
      })
  void an_input_is_answered_at_once_and_in_words(String input, String words, String allowed)
      throws Exception {
    for (String type : List.of("Rollback", "RollbackLocal")) {
      String id = start(type, input);

      JsonNode ended = await(id);

      if (words.equals("OK")) {
        assertThat(ended.toString()).contains("BLOCKED", allowed);
      } else {
        assertThat(ended.path("status").asText()).as(type + ended).isEqualTo("FAILED");
        assertThat(
                ended
                    .at("/closeEvent/workflowExecutionFailedEventAttributes/failure/message")
                    .asText())
            .as(type + " " + ended)
            .contains(words, allowed);
      }
    }
  }

  /** Temporal has it whole: `resume` has nothing to go on with, and would do it a second time. */
  @Test
  void section_a_alone_rolls_back_and_leaves_nothing_unfinished() throws Exception {
    deployBadRelease();
    String id = start("RollbackLocal", "{\"service\":\"shop\",\"environment\":\"local\"}");

    JsonNode ended = await(id);

    assertThat(ended.toString()).contains("ROLLED_BACK", shop.sha("v2"));
    assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v2"));
    assertThat(shop.starts()).singleElement().asString().startsWith("start v2 ");
    assertThat(shop.listener()).isPresent();
    assertThat(rollbook().call("resume").out()).contains("No run is unfinished.");
  }

  /** Whoever asked for the other one is gone, and nobody answers it. */
  @Test
  void a_plan_is_never_the_answer_to_somebody_elses_question() throws Exception {
    deployBadRelease();
    start(
        "plan:local:shop",
        "nobody",
        "Rollback",
        "{\"service\":\"shop\",\"environment\":\"local\",\"to\":\"v1\",\"dryRun\":true}");

    Rollbook.Answer plan =
        rollbook().call("plan", "shop", "-e", "local", "--to", "v2", "-o", "json");

    assertThat(plan.exitCode()).as(plan.err()).isZero();
    assertThat(OneDocument.of(plan).at("/target/id").asText()).isEqualTo(shop.sha("v2"));
    assertThat(temporal.json("workflow", "list").toString()).contains("plan:local:shop:");
  }

  @Test
  void a_run_is_found_shown_asked_and_aborted() throws Exception {
    deployBadRelease();
    int builds = shop.builds().size();
    shop.buildTakes(300);
    String id =
        start(
            "Rollback", "{\"service\":\"shop\",\"environment\":\"local\",\"incident\":\"INC-7\"}");
    await().atMost(Duration.ofSeconds(120)).until(() -> shop.builds().size() > builds);

    String metadata =
        temporal
                .temporal("workflow", "metadata", "--workflow-id", LocalShop.RUN_ID + "/local")
                .out()
            + temporal.temporal("workflow", "metadata", "--workflow-id", id).out();
    String status =
        temporal
            .temporal(
                "workflow",
                "query",
                "--workflow-id",
                LocalShop.RUN_ID + "/local",
                "--type",
                "status")
            .out();
    String history = temporal.history(LocalShop.RUN_ID + "/local");
    // what Temporal lists comes after what it does
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(found("RUNNING"))
                    .contains(id, LocalShop.RUN_ID, LocalShop.RUN_ID + "/local"));
    Rollbook.Answer elsewhere = fromAnotherMachine("run", "shop", "-e", "local", "--to", "v1");
    Rollbook.Answer refused = abort(id, "{\"by\":\"\",\"why\":\"\"}");
    Rollbook.Answer aborted = abort(id, "{\"by\":\"ops\",\"why\":\"wrong day\"}");
    JsonNode ended = await(id);

    assertThat(elsewhere.exitCode()).as(elsewhere.toString()).isEqualTo(ExitCodes.BLOCKED);
    assertThat(elsewhere.out())
        .isEqualTo("Temporal at " + temporal.address() + ", namespace default, profile default\n");
    assertThat(elsewhere.err())
        .contains(LocalShop.RUN_ID + " is unfinished;", "then ask again with --to v1");
    assertThat(metadata).contains("shop in local", "| A1 |", "From **v3");
    assertThat(status).contains(shop.sha("v2"));
    assertThat(history).contains(base64("A1 Check out v2"));
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.err() + refused.out()).contains("says who and why");
    assertThat(aborted.exitCode()).as(aborted.err()).isZero();
    assertThat(ended.toString()).contains("STOPPED", "wrong day", "COMPLETED");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(found("STOPPED"))
                    .contains(id, LocalShop.RUN_ID, LocalShop.RUN_ID + "/local"));
    assertThat(found("RUNNING")).isEmpty();
  }

  /** The section is asked to end; it is not killed in the middle of a build. */
  @Test
  void the_section_of_a_terminated_run_stops_what_it_has_begun() throws Exception {
    deployBadRelease();
    int builds = shop.builds().size();
    shop.buildTakes(300);
    start("Rollback", "{\"service\":\"shop\",\"environment\":\"local\"}");
    await().atMost(Duration.ofSeconds(120)).until(() -> shop.builds().size() > builds);

    Rollbook.Answer terminated =
        temporal.temporal(
            "workflow", "terminate", "--workflow-id", LocalShop.RUN_ID, "--reason", "a test");
    await(LocalShop.RUN_ID + "/local");

    assertThat(terminated.exitCode()).as(terminated.err()).isZero();
    assertThat(temporal.history(LocalShop.RUN_ID + "/local"))
        .contains(base64("S1 Stop the service"));
    assertThat(shop.listener()).isEmpty();
  }

  private static List<String> found(String state) throws Exception {
    String query =
        "RollbackService='shop' AND RollbackEnvironment='local' AND RollbackSection='A'"
            + " AND RollbackTrigger='UI' AND IncidentId='INC-7' AND RollbackState='%s'";
    return temporal
        .json("workflow", "list", "--query", query.formatted(state))
        .findValuesAsText("workflowId");
  }

  private static Rollbook.Answer abort(String id, String input) throws Exception {
    return temporal.temporal(
        "workflow", "update", "execute", "--workflow-id", id, "--name", "abort", "--input", input);
  }

  private static Rollbook rollbook() {
    return new Rollbook(folder).with("TEMPORAL_ADDRESS", temporal.address());
  }

  /** With the same catalog, and a state of its own that knows nothing of the run. */
  private static Rollbook.Answer fromAnotherMachine(String... call) throws Exception {
    Path other = Files.createDirectories(folder.resolve("other"));
    shop.writeCatalog(other.resolve("rollbook.yaml"), "../repository", "");
    return new Rollbook(other).with("TEMPORAL_ADDRESS", temporal.address()).call(call);
  }

  private static String start(String type, String input) throws Exception {
    return start(UUID.randomUUID().toString(), "rollbook", type, input);
  }

  private static String start(String id, String queue, String type, String input) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "workflow", "start", "--type", type, "--task-queue", queue, "--workflow-id", id));
    if (!input.equals("NONE")) {
      command.addAll(List.of("--input", input));
    }
    Rollbook.Answer started = temporal.temporal(command.toArray(String[]::new));
    assertThat(started.exitCode()).as(started.err()).isZero();
    return id;
  }

  /** Its end, as {@code temporal workflow result} tells it. */
  private static JsonNode await(String id) throws Exception {
    Rollbook.Answer answer =
        temporal.temporal(
            "workflow",
            "result",
            "--workflow-id",
            id,
            "--output",
            "json",
            "--command-timeout",
            "55s");
    return new com.fasterxml.jackson.databind.json.JsonMapper().readTree(answer.out());
  }

  private static org.awaitility.core.ConditionFactory await() {
    return org.awaitility.Awaitility.await();
  }

  /** As payloads stand in a history; up to the last whole group. */
  private static String base64(String text) {
    byte[] json = ("\"" + text).getBytes(StandardCharsets.UTF_8);
    return Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(json, json.length / 3 * 3));
  }
}
