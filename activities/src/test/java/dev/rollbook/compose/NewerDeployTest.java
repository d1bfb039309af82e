package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.verification.HttpCheck;
import dev.rollbook.verification.HttpHealth;
import dev.rollbook.verification.ServiceChecks;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Somebody deploys while the rolled back service is watched: that is not ours to judge or stop. */
@NeedsDocker
@Timeout(180)
class NewerDeployTest {

  @TempDir Path project;
  @TempDir Path state;

  private final AtomicReference<Runnable> onBeat = new AtomicReference<>(() -> {});
  private ComposeShop shop;
  private HttpServer api;

  @BeforeEach
  void open() throws IOException {
    shop = new ComposeShop(project);
    shop.build(
        "slow", "UP", "ENTRYPOINT [\"/bin/sh\",\"-c\",\"trap 'exit 0' TERM; sleep 1000 & wait\"]");
    api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @AfterEach
  void close() {
    api.stop(0);
    shop.close();
  }

  @ParameterizedTest
  @EnumSource(ComposeCli.class)
  void it_ends_every_wait_for_ours_and_goes_on(ComposeCli cli) {
    PinnedService starting = deployed(cli, "slow");
    CompletableFuture<Void> first = deploysAtTheNextBeat(cli, "v1");
    isRefused(() -> health().awaitStart(starting));
    first.join();
    isUntouchedByAll(starting);

    PinnedService unhealthy = deployed(cli, "v3");
    CompletableFuture<Void> second = deploysAtTheNextBeat(cli, "v1");
    isRefused(() -> health().awaitHealthy(unhealthy));
    second.join();
    isUntouchedByAll(unhealthy);
  }

  @ParameterizedTest
  @EnumSource(value = ComposeCli.class, names = "V2")
  void it_may_be_what_the_api_check_has_asked(ComposeCli cli) {
    for (int status : List.of(200, 500)) {
      PinnedService pinned = deployed(cli, "v2");
      String path = "/" + status;
      api.createContext(
          path,
          exchange -> {
            deploy(cli, "v1");
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
          });
      if (status == 200) {
        api.start();
      }

      isRefused(() -> health(path).verify(pinned));
    }
  }

  @ParameterizedTest
  @EnumSource(value = ComposeCli.class, names = "V1")
  void one_of_the_target_itself_is_ours(ComposeCli cli) {
    PinnedService pinned = deployed(cli, "slow");
    CompletableFuture<Void> again = deploysAtTheNextBeat(cli, "v2");
    PinnedService goal = pinned.withTarget(shop.pinned("v2").target());

    assertThat(health().awaitStart(goal).summary()).contains("Started ShopApplication");

    again.join();
  }

  private void isUntouchedByAll(PinnedService pinned) {
    String newer = shop.container();
    String started = shop.inspect().at("/State/StartedAt").asText();

    isRefused(() -> health().awaitStart(pinned));
    isRefused(() -> health().awaitHealthy(pinned));
    isRefused(() -> health().verify(pinned));
    isRefused(() -> new ShopSteps(shop, state, ShopSteps.Means.API).stopAfterFailure(pinned));

    assertThat(shop.container()).isEqualTo(newer);
    assertThat(shop.inspect().at("/State/StartedAt").asText()).isEqualTo(started);
    assertThat(shop.inspect().at("/State/Running").asBoolean()).isTrue();
    assertThat(shop.inspect().at("/HostConfig/RestartPolicy/Name").asText())
        .isEqualTo("unless-stopped");
  }

  private static void isRefused(ThrowingCallable step) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> assertThat(failure.getType()).isEqualTo("NewerDeploy"));
  }

  /** Runs by now, and is what the rollback has gone to. */
  private PinnedService deployed(ComposeCli cli, String tag) {
    deploy(cli, tag);
    return shop.pinned(tag, Pin.LEAVE);
  }

  private void deploy(ComposeCli cli, String tag) {
    shop.docker("tag", shop.image(tag), shop.image("latest"));
    shop.up(cli, "--force-recreate");
  }

  /** Beside the wait, so that it sees every state between the two containers. */
  private CompletableFuture<Void> deploysAtTheNextBeat(ComposeCli cli, String tag) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    onBeat.set(
        () -> {
          onBeat.set(() -> {});
          done.completeAsync(
              () -> {
                deploy(cli, tag);
                return null;
              });
        });
    return done;
  }

  private ContainerHealth health() {
    return health("/");
  }

  private ContainerHealth health(String path) {
    ComposeEnvironment environment = shop.environment().build();
    HttpCheck check =
        new HttpCheck(
            "api",
            URI.create("http://127.0.0.1:" + api.getAddress().getPort() + path),
            200,
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(60),
            Map.of());
    return new ContainerHealth(
        (service, place) -> environment,
        new DockerEngines(),
        new HttpHealth(
            (service, place) -> new ServiceChecks(environment.health(), List.of(check)),
            Redaction.NONE,
            () -> progress -> onBeat.get().run(),
            () -> 1),
        Redaction.NONE,
        () -> progress -> onBeat.get().run(),
        () -> 1);
  }
}
