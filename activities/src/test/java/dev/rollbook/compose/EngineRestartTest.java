package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What runs, and what does not, once the engine itself was ended and started again. */
@NeedsDocker
@Timeout(300)
class EngineRestartTest {

  private static final String BASE = "rollbook.local/busybox:1";

  /** How the engine goes down. */
  enum Down {
    SIGTERM,
    /** The engine alone: what it ran goes on until the next engine finds and ends it. */
    SIGKILL,
    POWER_CUT
  }

  @TempDir Path project;
  @TempDir Path state;
  @TempDir Path engines;

  private PrivateEngine engine;
  private ComposeShop shop;

  @BeforeEach
  void open() throws IOException, InterruptedException {
    needsDockerd();
    engine = new PrivateEngine(engines);
    engine.start();
    Path image = engines.resolve("base.tar");
    docker(ComposeShop.ENGINE, "save", "--output", image.toString(), BASE);
    docker(engine.host(), "load", "--input", image.toString());
    shop = new ComposeShop(project, engine.host());
  }

  @AfterEach
  void close() throws IOException, InterruptedException {
    if (shop != null) {
      shop.close();
    }
    if (engine != null) {
      engine.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SIGTERM,   V1,  unless-stopped",
    "SIGTERM,   API, always",
    "POWER_CUT, API, unless-stopped",
    "SIGKILL,   V2,  always"
  })
  void the_good_image_runs_again_after_a_rollback(Down down, Means means, String policy)
      throws IOException, InterruptedException {
    String started = rolledBack(means, policy);

    restart(down);

    awaitNewStart(shop.container(), started);
    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
  }

  /**
   * An engine whose predecessor was killed ends what that one left running as if a person had
   * stopped it, and {@code unless-stopped} then keeps it down: with any container, whoever made it.
   */
  @Test
  void what_a_killed_engine_forgets_it_forgets_of_every_container()
      throws IOException, InterruptedException {
    rolledBack(Means.API, "unless-stopped");
    String other = run("other", "unless-stopped");
    String always = run("always", "always");
    String before = new ServiceContainer(shop.engine().inspectContainer(always)).startedAt();

    restart(Down.SIGKILL);

    awaitNewStart(always, before);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(new ServiceContainer(shop.inspect()).isUp())
                    .isEqualTo(new ServiceContainer(shop.engine().inspectContainer(other)).isUp()));
    assertThat(shop.inspect().path("Image").asText()).isEqualTo(shop.imageId("v2"));
  }

  /** Returns when its container started. */
  private String rolledBack(Means means, String policy) throws IOException {
    up(means == Means.V1 ? ComposeCli.V1 : ComposeCli.V2, policy);
    PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
    ShopSteps.edit(shop, pinned);
    ShopSteps steps = new ShopSteps(shop, state, means);
    steps.stop(pinned);
    steps.restart(pinned);
    return new ServiceContainer(shop.inspect()).startedAt();
  }

  private void awaitNewStart(String container, String before) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              ServiceContainer now =
                  new ServiceContainer(shop.engine().inspectContainer(container));
              return now.isRunning() && !now.startedAt().equals(before);
            });
  }

  private String run(String name, String policy) {
    return shop.docker(
        "run",
        "-d",
        "--network=none",
        "--restart=" + policy,
        "--name",
        name + "-" + shop.suffix(),
        shop.image("v1"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Down.class,
      names = {"SIGTERM", "SIGKILL"})
  void nothing_of_the_service_runs_after_an_emergency_stop(Down down)
      throws IOException, InterruptedException {
    for (String policy : List.of("unless-stopped", "always")) {
      up(ComposeCli.V2, policy);
      String witness = run("witness-" + policy, "always");
      String before = new ServiceContainer(shop.engine().inspectContainer(witness)).startedAt();
      PinnedService pinned = ShopSteps.pinned(shop, "v2", Pin.EDIT);
      new ShopSteps(shop, state.resolve(policy), Means.API).stopAfterFailure(pinned);

      restart(down);

      awaitNewStart(witness, before);
      assertThat(new ServiceContainer(shop.inspect()).isUp()).as(policy).isFalse();
    }
  }

  /** No network: the engine has no bridge. */
  private void up(ComposeCli compose, String policy) {
    shop.write(
        "docker-compose.yml",
        "version: \"3.8\"\nservices:\n  shop:\n    image: %s\n    network_mode: none\n    restart: %s\n"
            .formatted(shop.image("latest"), policy));
    shop.up(compose, "--force-recreate");
  }

  private void restart(Down down) throws IOException, InterruptedException {
    switch (down) {
      case SIGTERM -> engine.end();
      case SIGKILL -> engine.kill();
      case POWER_CUT -> engine.cutPower();
    }
    engine.start();
  }

  private static void docker(URI host, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder docker =
        new ProcessBuilder(
            Stream.concat(Stream.of("docker", "--host", host.toString()), Stream.of(arguments))
                .toList());
    assertThat(docker.redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor()).isZero();
  }

  private static void needsDockerd() {
    boolean installed =
        Stream.of("dockerd", "unshare")
            .allMatch(
                program ->
                    Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program))));
    if (!installed || !System.getProperty("user.name").equals("root")) {
      String missing =
          "a Docker Engine of its own (dockerd, unshare, as root) is needed; see dev/engines";
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(missing);
      }
      abort(missing);
    }
  }
}
