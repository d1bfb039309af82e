package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** B5 where others have their say: a stop meanwhile, sharers, values that the image has too. */
@NeedsDocker
@Timeout(180)
class RestartEdgesTest {

  @TempDir Path project;
  @TempDir Path state;

  @Test
  void a_stop_while_compose_starts_the_service_ends_compose_and_nothing_is_started_after_it()
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project).up(ComposeCli.V2)) {
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      Path begun = project.resolve("begun");
      Path bin = Files.createDirectory(project.resolve("bin"));
      Path slow =
          Files.writeString(
              bin.resolve("docker-compose"),
              """
              #!/bin/sh
              case "$*" in *up*) echo >%s; sleep 600;; esac
              exec %s "$@"
              """
                  .formatted(begun, ComposeCli.V2.program()));
      assertThat(slow.toFile().setExecutable(true)).isTrue();
      ShopSteps stopping = new ShopSteps(shop, state, Means.API);
      AtomicBoolean stopped = new AtomicBoolean();
      ShopSteps steps =
          new ShopSteps(shop, state, bin + ":/usr/bin:/bin")
              .whileWaiting(
                  () -> {
                    if (Files.exists(begun) && stopped.compareAndSet(false, true)) {
                      stopAfterFailure(stopping, pinned);
                    }
                  });
      steps.stop(pinned);

      assertThatThrownBy(() -> steps.restart(pinned)).hasMessageContaining("This run was stopped");

      assertThat(stopped).isTrue();
      assertThat(new ServiceContainer(shop.inspect()).isUp()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Means.class)
  void who_used_the_network_of_the_old_container_is_named_and_left_alone(Means means)
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.write(
          "docker-compose.yml",
          shop.composeFile()
              + "  proxy:\n    image: %s\n    command: [\"sleep\", \"1000\"]\n    network_mode: service:shop\n"
                  .formatted(shop.image("v1")));
      shop.up(means.cli());
      ServiceContainer proxy = ServiceContainer.of(shop.engine(), shop.project(), "proxy").get(0);
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      ShopSteps steps = new ShopSteps(shop, state, means);
      steps.stop(pinned);

      StepResult result = steps.restart(pinned);

      assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
      assertThat(result.evidence())
          .contains(proxy.describe() + " uses the network of a container that was replaced")
          .contains("docker compose up -d --no-deps --force-recreate proxy");
      ServiceContainer after = ServiceContainer.of(shop.engine(), shop.project(), "proxy").get(0);
      assertThat(after.id()).isEqualTo(proxy.id());
      assertThat(after.startedAt()).isEqualTo(proxy.startedAt());
    }
  }

  @Test
  void over_the_api_a_value_that_the_file_sets_stays_though_the_bad_image_has_it_too()
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.build("v3", "DOWN", "ENV MODE=fast CACHE=off LEVEL=debug OTHER=bad");
      shop.docker("tag", shop.image("v3"), shop.image("latest"));
      shop.write("more.env", "# a comment\nLEVEL=debug\n");
      shop.write(
          "docker-compose.yml",
          shop.composeFile().replace("services:", "x-all: &all\n  CACHE: \"off\"\nservices:")
              + "    environment:\n      <<: *all\n      MODE: fast\n    env_file: more.env\n");
      shop.up(ComposeCli.V1);
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.API);
      steps.stop(pinned);

      steps.restart(pinned);

      assertThat(shop.inspect().path("Config").path("Env").toString())
          .contains("MODE=fast", "CACHE=off", "LEVEL=debug", "APP_VERSION=v2")
          .doesNotContain("OTHER=bad");
    }
  }

  @Test
  void over_the_api_a_setting_of_the_file_stays_though_the_bad_image_has_it_too()
      throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.build(
          "bad",
          "UP",
          "USER 1000",
          "WORKDIR /tmp",
          "STOPSIGNAL SIGQUIT",
          "EXPOSE 9999",
          "LABEL tier=front onlybad=1",
          "HEALTHCHECK --interval=7s --timeout=3s CMD /bin/true",
          "CMD [\"/bin/sh\",\"/serve.sh\"]");
      shop.build(
          "good",
          "UP",
          "USER 0",
          "WORKDIR /www",
          "LABEL tier=back",
          "HEALTHCHECK --interval=1s --timeout=2s CMD /bin/false",
          "CMD [\"/bin/sh\",\"/serve.sh\",\"good\"]");
      shop.docker("tag", shop.image("bad"), shop.image("latest"));
      shop.write(
          "docker-compose.yml",
          shop.composeFile().replace("services:", "x-check: &check\n  interval: 7s\nservices:")
              + """
                  user: "1000"
                  working_dir: /tmp
                  stop_signal: SIGQUIT
                  stop_grace_period: 1s
                  expose: ["9999"]
                  labels: [tier=front]
                  healthcheck: {<<: *check, test: /bin/true}
                  command: ["/bin/sh", "/serve.sh"]
              """);
      shop.up(ComposeCli.V2);
      PinnedService pinned = ShopSteps.pinned(shop, "good", Pin.LEAVE);
      ShopSteps steps = new ShopSteps(shop, state, Means.API);
      steps.stop(pinned);

      steps.restart(pinned);

      JsonNode config = shop.inspect().path("Config");
      assertThat(config.path("User").asText()).isEqualTo("1000");
      assertThat(config.path("WorkingDir").asText()).isEqualTo("/tmp");
      assertThat(config.path("StopSignal").asText()).isEqualTo("SIGQUIT");
      assertThat(config.path("ExposedPorts").has("9999/tcp")).isTrue();
      assertThat(config.at("/Labels/tier").asText()).isEqualTo("front");
      assertThat(config.path("Labels").has("onlybad")).isFalse();
      assertThat(config.path("Cmd").toString()).isEqualTo("[\"/bin/sh\",\"/serve.sh\"]");
      assertThat(config.at("/Healthcheck/Test").toString()).contains("/bin/true");
      assertThat(config.at("/Healthcheck/Interval").asLong()).isEqualTo(7_000_000_000L);
      assertThat(config.at("/Healthcheck/Timeout").asLong())
          .as("left to the image")
          .isEqualTo(2_000_000_000L);
    }
  }

  private static void stopAfterFailure(ShopSteps steps, PinnedService pinned) {
    try {
      steps.stopAfterFailure(pinned);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
