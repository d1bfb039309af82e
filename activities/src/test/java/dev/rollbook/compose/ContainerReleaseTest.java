package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import dev.rollbook.local.MachineProcesses;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stopped by a person's word, and released. */
@NeedsDocker
@Timeout(120)
class ContainerReleaseTest {

  private static final String ENVIRONMENT = "staging";

  @TempDir Path project;
  @TempDir Path state;

  private final TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();
  private ComposeShop shop;
  private ComposeContainers containers;
  private ComposeEmergency emergency;

  @BeforeEach
  void open() {
    shop = new ComposeShop(project);
    ComposeEnvironments environments = (service, name) -> shop.environment().build();
    DockerEngines engines = new DockerEngines();
    temporal.registerActivitiesImplementations(
        new EngineContainers(
            environments,
            engines,
            state,
            new MachineProcesses(),
            Redaction.NONE,
            service -> StepReport.done("seen", "", 1),
            Heartbeat::ofActivity),
        new EngineEmergency(environments, engines, state, Redaction.NONE, Heartbeat::ofActivity));
    containers = temporal.newActivityStub(ComposeContainers.class);
    emergency = temporal.newActivityStub(ComposeEmergency.class);
  }

  @AfterEach
  void close() {
    temporal.close();
    shop.close();
  }

  @ParameterizedTest
  @CsvSource({"V1, unless-stopped", "V2, always"})
  void the_very_containers_run_again_with_their_restart_policy(ComposeCli cli, String policy) {
    shop.write("docker-compose.yml", shop.composeFile().replace("unless-stopped", policy));
    shop.up(cli, "--scale", "shop=1");
    String before = shop.container();
    PinnedService first = stopped("first");
    PinnedService second = stopped("second");
    assertThat(now().isUp()).isFalse();
    assertThat(now().restarts()).isEqualTo("no");

    StepReport lifted = released();

    assertThat(lifted.summary())
        .startsWith("runs again: ")
        .endsWith("the stop is lifted by hana: prices are right");
    assertThat(shop.container()).isEqualTo(before);
    assertThat(now().isWell()).isTrue();
    assertThat(now().restarts()).isEqualTo(policy);
    assertThat(failure(this::released).getType()).isEqualTo("NotStopped");
    for (PinnedService ended : new PinnedService[] {first, second}) {
      assertThat(failure(() -> containers.stopAfterFailure(ended)).getType()).isEqualTo("Released");
      assertThat(failure(() -> containers.restart(ended)).getType()).isEqualTo("Stopped");
    }
    assertThat(now().isUp()).isTrue();
  }

  @Test
  void what_runs_again_by_hand_gets_its_policy_back_and_no_late_attempt_releases_the_next_stop()
      throws IOException {
    shop.up(ComposeCli.V2);
    stopped("first");
    shop.docker("start", shop.container());
    String startedAt = now().startedAt();
    ReleaseOrder order = new ReleaseOrder("release", "hana", "again");

    assertThat(release(order).summary()).startsWith("ran already: ");
    assertThat(release(order).changed()).isFalse();

    assertThat(now().startedAt()).isEqualTo(startedAt);
    assertThat(now().restarts()).isEqualTo("unless-stopped");

    stopped("second");
    assertThat(catchThrowableOfType(ApplicationFailure.class, () -> release(order)).getType())
        .isEqualTo("Stopped");
    assertThat(now().isUp()).isFalse();
  }

  private StepResult release(ReleaseOrder order) throws IOException {
    return new ContainerRelease(
            ComposeShop.SERVICE,
            shop.environment().build(),
            shop.engine(),
            new StopFile(state, ComposeShop.SERVICE, ENVIRONMENT),
            order,
            Redaction.NONE,
            progress -> {})
        .release();
  }

  @Test
  void what_was_deployed_since_is_not_touched() {
    shop.up(ComposeCli.V1);
    stopped("first");
    shop.write(
        "docker-compose.yml", shop.composeFile().replace(shop.image("latest"), shop.image("v1")));
    shop.compose(ComposeCli.V1, "up", "--no-start");

    assertThat(failure(this::released).getType()).isEqualTo("NewerDeploy");
    assertThat(now().isUp()).isFalse();
  }

  /** Nothing is taken from the stopped container that only the stop had brought. */
  @ParameterizedTest
  @CsvSource({"API, false", "V1, true"})
  void a_rollback_of_what_is_stopped_or_was_released_brings_the_restart_policy_back(
      Means means, boolean released) throws IOException {
    shop.up(ComposeCli.V1);
    stopped("first");
    if (released) {
      released();
    }
    PinnedService unaware = ShopSteps.pinned(shop, "v2", Pin.EDIT);
    PinnedService rollback = unaware.underStop("first").withPlan("a plan that knows of the stop");
    ShopSteps.edit(shop, rollback);
    ShopSteps steps = new ShopSteps(shop, state, means);

    steps.stop(rollback);
    if (!released) {
      ApplicationFailure refused =
          catchThrowableOfType(ApplicationFailure.class, () -> steps.restart(unaware));
      assertThat(refused.getType()).isEqualTo("Stopped");
      assertThat(now().isUp()).isFalse();
    }
    steps.restart(rollback);

    assertThat(shop.runningImage()).isEqualTo(shop.imageId("v2"));
    assertThat(now().isUp()).isTrue();
    assertThat(now().restarts()).isEqualTo("unless-stopped");
    assertThat(failure(this::released).getType()).isEqualTo("NotStopped");
    steps.stopAfterFailure(rollback);
    released();
    assertThat(now().restarts()).isEqualTo("unless-stopped");
  }

  private PinnedService stopped(String planId) {
    PinnedService pinned = emergency.pin(ComposeShop.SERVICE, ENVIRONMENT, planId).service();
    containers.stopAfterFailure(pinned);
    return pinned;
  }

  private StepReport released() {
    return emergency.release(ComposeShop.SERVICE, ENVIRONMENT, "hana", "prices are right");
  }

  private ServiceContainer now() {
    return new ServiceContainer(shop.inspect());
  }

  private static ApplicationFailure failure(Callable<?> step) {
    return (ApplicationFailure) catchThrowableOfType(ActivityFailure.class, step::call).getCause();
  }
}
