package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersion.Verdict;
import io.temporal.failure.ActivityFailure;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** B2 and the evidence before it, on a real engine. */
@NeedsDocker
@Timeout(180)
class EngineImagesTest {

  @TempDir Path folder;
  private ComposeShop shop;
  private ComposeActivities activities;

  @BeforeEach
  void open() throws IOException {
    shop = new ComposeShop(Files.createDirectory(folder.resolve("project")));
    activities = new ComposeActivities(folder.resolve("state"), shop.environment().build());
  }

  @AfterEach
  void close() {
    activities.close();
    shop.close();
  }

  @Test
  void protects_the_target_and_the_bad_image_by_tags_lists_all_and_twice_is_once() {
    PinnedService service = shop.up(ComposeCli.V1).pinned("v2");

    StepReport first = activities.images.protect(service);
    StepReport second = activities.images.protect(service);

    String tag = service.compose().image();
    assertThat(shop.engine().inspectImage(tag).path("Id").asText()).isEqualTo(shop.imageId("v2"));
    assertThat(shop.engine().inspectImage(tag + "-from").path("Id").asText())
        .isEqualTo(shop.imageId("v3"));
    assertThat(first.changed()).isTrue();
    assertThat(second.changed()).isFalse();
    assertThat(first.evidence())
        .contains(shop.image("v1"), shop.imageId("v1"), " MB", "running now")
        .contains(created("v1"), created("v2"), created("v3"));
    assertThat(
            activities.versions.verdict("shop", "staging", Version.image(shop.imageId("v3"), null)))
        .contains(Verdict.WITHDRAWN);
    for (String moved : List.of("v2", "previous")) {
      shop.docker("tag", shop.image("v1"), shop.image(moved));
    }
    shop.docker("image", "prune", "--force", "--filter", "label=shop=" + shop.suffix());
    assertThat(shop.engine().findImage(service.target().id())).isPresent();
  }

  private String created(String tag) {
    return Instant.parse(shop.engine().inspectImage(shop.image(tag)).path("Created").asText())
        .toString();
  }

  @Test
  void says_which_images_were_recorded_healthy() {
    PinnedService service = shop.up(ComposeCli.V1).pinned("v1");
    activities.versions.record(service);

    assertThat(activities.images.protect(service).evidence().lines())
        .anyMatch(
            line -> line.contains(shop.imageId("v1")) && line.contains("recorded healthy by us"));
  }

  @Test
  void ends_when_the_target_is_gone_or_the_rollback_tag_means_something_else() {
    PinnedService gone = shop.up(ComposeCli.V1).pinned("v1");
    shop.docker("rmi", shop.image("v1"));
    PinnedService taken = shop.pinned("v2");
    shop.docker("tag", shop.image("v3"), taken.compose().image());

    assertThatThrownBy(() -> activities.images.protect(gone))
        .satisfies(failure -> assertThat(type(failure)).isEqualTo("TargetMissing"))
        .hasStackTraceContaining(shop.image("v2"));
    assertThatThrownBy(() -> activities.images.protect(taken))
        .satisfies(failure -> assertThat(type(failure)).isEqualTo("NewerDeploy"));
    assertThat(shop.engine().inspectImage(taken.compose().image()).path("Id").asText())
        .isEqualTo(shop.imageId("v3"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void saves_health_and_log_with_and_without_a_terminal(boolean terminal) {
    shop.write(
        "docker-compose.yml",
        shop.composeFile()
            + "    tty: %s\n    healthcheck: {test: [\"CMD-SHELL\", \"echo no database; false\"], interval: 200ms, retries: 1}\n"
                .formatted(terminal));
    PinnedService service = shop.up(ComposeCli.V1).awaitStarted().pinned("v2");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> shop.inspect().at("/State/Health/Status").asText().equals("unhealthy"));

    String evidence = activities.evidences.capture(service).evidence();

    assertThat(evidence)
        .contains("\"Status\":\"unhealthy\"", "no database")
        .contains("health http://127.0.0.1:" + shop.port() + "/actuator/health: 200, DOWN")
        .contains("Started ShopApplication in 0.1 seconds\n");
  }

  @Test
  void saves_the_bad_container_once_without_secrets_and_no_more_than_fits_in_history()
      throws IOException {
    shop.write(
        "docker-compose.yml",
        shop.composeFile()
            + """
                environment:
                  DB_PASSWORD: hunter2-of-the-shop
                  FEATURE: tea
                  FILLER: "%s"
            """
                .formatted("x".repeat(20_000)));
    PinnedService service = shop.up(ComposeCli.V1).awaitStarted().pinned("v2");

    StepReport report = activities.evidences.capture(service);
    shop.docker("rm", "--force", shop.container());
    StepReport again = activities.evidences.capture(service);

    Path full =
        folder.resolve("state/jobs/staging/shop/" + service.planId()).resolve("evidence.txt");
    assertThat(report.evidence())
        .contains(
            "ERROR OutOfMemoryError in ShopApplication v3",
            "Started ShopApplication",
            "\"version\":\"v3\"",
            "start\n");
    assertThat(report.evidence().getBytes(java.nio.charset.StandardCharsets.UTF_8).length)
        .isLessThanOrEqualTo(16 * 1024);
    assertThat(Files.readString(full))
        .contains("FEATURE=tea", "DB_PASSWORD=***", "x".repeat(20_000))
        .doesNotContain("hunter2-of-the-shop");
    assertThat(again).isEqualTo(report);
  }

  private static String type(Throwable failure) {
    return ((ApplicationFailure) ((ActivityFailure) failure).getCause()).getType();
  }
}
