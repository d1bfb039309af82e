package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code rollbook stop} and {@code release}: by a person's word, without a rollback. */
@NeedsTemporal
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class OrderedIT {

  private static final String ME = System.getProperty("user.name");

  @TempDir Path folder;

  @Test
  void a_service_is_stopped_at_once_and_runs_again_when_released_by_a_worker_that_is_killed()
      throws Exception {
    try (LocalShop shop = new LocalShop(folder).release("v1", Map.of("startMillis", "3000"));
        OnCall onCall = OnCall.of(shop)) {
      Process running = shop.deploy();
      Rollbook rollbook = new Rollbook(folder);

      Rollbook.Answer stop = order(rollbook, "stop", "double charges");

      assertThat(stop.exitCode()).as(stop.toString()).isZero();
      Run stopped = Payloads.mapper().readValue(stop.out(), Run.class);
      assertThat(stopped.outcome()).isEqualTo(Outcome.STOPPED);
      assertThat(stopped.reason()).isEqualTo("stopped by " + ME + ": double charges");
      assertThat(stopped.steps()).extracting(step -> step.id()).contains("N1", "P1", "S1");
      assertThat(running.isAlive()).isFalse();
      assertThat(Once.listeners(shop)).isEmpty();
      assertThat(onCall.calls().get(0).at("/incident/title").asText())
          .isEqualTo("shop in local is being stopped");
      awaitPosted(onCall, "STOPPED");
      JsonNode status = json(rollbook.call("status", "shop", "-e", "local", "-o", "json"));
      assertThat(status.path("runId").asText()).isEqualTo("stop:local:shop");

      String stoppedAt = shop.sha("HEAD");
      shop.git("commit", "--quiet", "--allow-empty", "-m", "A newer deploy");
      Rollbook.Answer refused = order(rollbook, "release", "too late");
      shop.git("reset", "--quiet", "--hard", stoppedAt);

      assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(3);
      assertThat(refused.err()).contains("somebody has deployed since. Nothing was started");
      assertThat(shop.starts()).isEmpty();

      Rollbook.Running killed = rollbook.start(words("release", "prices mended"));
      Awaitility.await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(Duration.ofSeconds(150))
          .until(() -> !shop.starts().isEmpty());
      killed.process().destroyForcibly().waitFor();
      JsonNode released = json(order(rollbook, "release", "once more"));

      assertThat(released.at("/order/reason").asText()).as("joined").isEqualTo("prices mended");
      assertThat(Once.listeners(shop)).isNotEmpty();
      assertThat(shop.starts()).hasSize(1);
      awaitPosted(onCall, "RELEASED");

      Rollbook.Answer nothing = order(rollbook, "release", "again");
      json(order(rollbook, "close", "prices mended"));

      assertThat(nothing.exitCode()).as(nothing.toString()).isEqualTo(3);
      awaitPosted(onCall, "RESOLVED");
    }
  }

  @Test
  void a_stop_ends_the_run_that_is_under_way() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases();
        OnCall onCall = OnCall.of(shop)) {
      shop.buildOutlastsTheRun();
      shop.deploy();
      Rollbook.Running run = new Rollbook(folder).start("run", "shop", "-e", "local", "-o", "json");
      Awaitility.await()
          .pollInterval(Duration.ofMillis(200))
          .atMost(Duration.ofSeconds(150))
          .until(() -> !shop.builds().isEmpty());

      Rollbook.Answer stop = order(new Rollbook(folder), "stop", "double charges");

      assertThat(stop.exitCode()).as(stop.toString()).isZero();
      Rollbook.Answer ended = run.answer(120);
      assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(5);
      Run aborted = Payloads.mapper().readValue(ended.out(), Run.class);
      assertThat(aborted.aborted().by()).isEqualTo(ME);
      assertThat(aborted.reason()).contains("emergency stop: double charges");
      assertThat(Once.listeners(shop)).isEmpty();
      assertThat(shop.starts()).isEmpty();
      assertThat(onCall.calls()).isNotEmpty();
    }
  }

  private static void awaitPosted(OnCall onCall, String state) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(onCall.posted().path("state").asText()).isEqualTo(state));
  }

  private static Rollbook.Answer order(Rollbook rollbook, String word, String why)
      throws Exception {
    return rollbook.call(words(word, why));
  }

  private static String[] words(String word, String why) {
    return new String[] {word, "shop", "-e", "local", "--reason", why, "-o", "json"};
  }

  private static JsonNode json(Rollbook.Answer answer) throws Exception {
    assertThat(answer.exitCode()).as(answer.toString()).isZero();
    return Payloads.mapper().readTree(answer.out());
  }
}
