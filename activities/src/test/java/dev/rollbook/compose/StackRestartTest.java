package dev.rollbook.compose;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsDocker
@Timeout(value = 5, unit = MINUTES)
class StackRestartTest {

  @TempDir Path project;
  @TempDir Path state;

  /** Without Compose only v2's labels tell the order. */
  @ParameterizedTest
  @EnumSource(
      value = Means.class,
      names = {"V1", "V2"})
  void restarts_each_service_once_what_it_depends_on_is_healthy(Means means) throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      stack(shop, "test -f /tmp/up || { touch /tmp/up; false; }");
      shop.up(means.cli());
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      String before = only(shop, "db").startedAt();
      ShopSteps steps = new ShopSteps(shop, state, means);

      StepResult result = steps.restartStack(pinned);

      assertTrue(result.changed());
      assertTrue(result.summary().endsWith("db, shop, agateway"), result.summary());
      ServiceContainer db = only(shop, "db");
      assertFalse(db.startedAt().equals(before));
      assertTrue(db.startedAt().compareTo(only(shop, "shop").startedAt()) < 0);
      assertTrue(only(shop, "shop").startedAt().compareTo(only(shop, "agateway").startedAt()) < 0);
      assertEquals("healthy", db.health());
      String after = db.startedAt();
      assertFalse(steps.restartStack(pinned).changed(), "a second attempt finds it done");
      assertEquals(after, only(shop, "db").startedAt());
    }
  }

  @Test
  void stops_at_the_first_that_does_not_come_up() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      stack(shop, "true");
      shop.up(ComposeCli.V2);
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      String shopBefore = only(shop, "shop").startedAt();
      shop.docker("exec", only(shop, "db").id(), "/bin/sh", "-c", "echo exit 3 >/serve.sh");

      ApplicationFailure failure =
          assertThrows(
              ApplicationFailure.class,
              () -> new ShopSteps(shop, state, Means.V2).restartStack(pinned));

      assertEquals("RestartFailed", failure.getType());
      assertTrue(
          failure.getOriginalMessage().contains("ended with exit code 3"),
          failure.getOriginalMessage());
      assertEquals(shopBefore, only(shop, "shop").startedAt());
    }
  }

  /** Who waits for one, who only starts after it, and one that nobody needs. */
  @ParameterizedTest
  @EnumSource(
      value = Means.class,
      names = {"V1", "V2"})
  void what_has_done_its_work_is_left_alone_or_may_end_again(Means means) throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + """
                  depends_on:
                    migration: {condition: service_completed_successfully}
                    warmup: {condition: service_started}
                agateway:
                  image: %1$s
                  depends_on: [shop]
                migration: {image: "%1$s", command: [/bin/true]}
                warmup: {image: "%1$s", command: [/bin/true]}
                seed: {image: "%1$s", command: [/bin/true]}
              """
                  .formatted(shop.image("v1")));
      shop.up(means.cli());
      for (String job : List.of("migration", "warmup", "seed")) {
        await().atMost(Duration.ofSeconds(30)).until(() -> !only(shop, job).isUp());
      }
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      List<String> jobs = startsOf(shop, "migration", "seed");
      List<String> before = startsOf(shop, "warmup", "shop", "agateway");
      ShopSteps steps = new ShopSteps(shop, state, means);

      StepResult result = steps.restartStack(pinned);

      assertEquals(jobs, startsOf(shop, "migration", "seed"));
      for (String job : List.of("migration", "seed")) {
        String words = only(shop, job).describe() + ": its work was done, left alone";
        assertTrue(result.evidence().contains(words), result.evidence());
      }
      List<String> after = startsOf(shop, "warmup", "shop", "agateway");
      for (int i = 0; i < after.size(); i++) {
        assertTrue(before.get(i).compareTo(after.get(i)) < 0, before + " " + after);
      }
      assertFalse(steps.restartStack(pinned).changed(), "a second attempt finds it done");
      assertEquals(after, startsOf(shop, "warmup", "shop", "agateway"));
    }
  }

  /** A server that somebody has stopped ended with 0 too. */
  @Test
  void what_others_need_is_started_although_it_ended_well() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + """
                  depends_on: [db]
                db: {image: "%1$s"}
                cache: {image: "%1$s"}
                port: {image: "%1$s", ports: ["127.0.0.1::8083"]}
              """
                  .formatted(shop.image("v1")));
      shop.up(ComposeCli.V2);
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      List<String> servers = List.of("db", "cache", "port", "shop");
      for (String each : servers) {
        shop.docker("stop", only(shop, each).id());
        assertEquals(0, only(shop, each).exitCode());
      }
      ComposeEnvironment.Dependency cache =
          new ComposeEnvironment.Dependency(
              "cache", Optional.empty(), Optional.of("cache:6379"), Optional.empty(), false);

      new ShopSteps(shop, state, Means.V2).dependencies(cache).restartStack(pinned);

      for (String each : servers) {
        assertTrue(only(shop, each).isWell(), each);
      }
    }
  }

  /** What a database that was down has made fail may do its work now. */
  @Test
  void what_failed_is_started_and_may_end_well() throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + "  seed: {image: \"%s\", command: [/bin/sh, -c, \"test -f /up || { >/up; false; }\"]}\n"
                  .formatted(shop.image("v1")));
      shop.up(ComposeCli.V2);
      await().atMost(Duration.ofSeconds(30)).until(() -> only(shop, "seed").exitCode() == 1);
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);

      new ShopSteps(shop, state, Means.V2).restartStack(pinned);

      assertEquals(0, only(shop, "seed").exitCode());
      assertTrue(only(shop, "shop").isWell());
    }
  }

  /** It ended well when Rollbook itself stopped it, and the first attempt got no further. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_the_first_attempt_has_stopped_is_started_by_the_second(boolean tellsWhatWasDown)
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project);
        EngineProxy proxy = new EngineProxy(shop.host())) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + "  consumer: {image: \"%1$s\"}\n  seed: {image: \"%1$s\", command: [/bin/true]}\n"
                  .formatted(shop.image("v1")));
      shop.up(ComposeCli.V2);
      await().atMost(Duration.ofSeconds(30)).until(() -> !only(shop, "seed").isUp());
      String seed = only(shop, "seed").startedAt();
      PinnedService pinned = ShopSteps.pinned(shop, "v3", Pin.LEAVE);
      proxy.refuses("POST .*" + only(shop, "consumer").id() + "/start", 1);
      ShopSteps steps = new ShopSteps(shop, state, Means.V2).by(proxy);
      assertThrows(EngineFailure.Refused.class, () -> steps.restartStack(pinned));
      assertFalse(only(shop, "consumer").isUp());
      assertEquals(0, only(shop, "consumer").exitCode());
      if (!tellsWhatWasDown) {
        shop.docker("rm", only(shop, "seed").id()); // it would be done again, and end
        keepAsBefore(new ComposePlanFolder(state, pinned));
      }

      StepResult result = steps.restartStack(pinned);

      assertTrue(result.changed());
      assertTrue(only(shop, "consumer").isWell(), result.evidence());
      if (tellsWhatWasDown) {
        assertEquals(seed, only(shop, "seed").startedAt());
      }
    }
  }

  /** As Rollbook kept it when it told only when each was started. */
  private static void keepAsBefore(ComposePlanFolder plan) throws IOException {
    ObjectNode kept = (ObjectNode) plan.read("stack-restart.json").orElseThrow();
    kept.remove("down");
    plan.write("stack-restart.json", kept);
  }

  private static List<String> startsOf(ComposeShop shop, String... services) {
    return Stream.of(services).map(service -> only(shop, service).startedAt()).toList();
  }

  private static void stack(ComposeShop shop, String check) {
    shop.write(
        "docker-compose.yml",
        shop.composeFile()
            + """
                depends_on: [db]
              agateway:
                image: %1$s
                depends_on: [shop]
              db:
                image: %1$s
                healthcheck: {test: ["CMD", "/bin/sh", "-c", "%2$s"], interval: 1s, retries: 30}
            """
                .formatted(shop.image("v1"), check)
                .indent(0));
  }

  private static ServiceContainer only(ComposeShop shop, String service) {
    return ServiceContainer.of(shop.engine(), shop.project(), service).get(0);
  }
}
