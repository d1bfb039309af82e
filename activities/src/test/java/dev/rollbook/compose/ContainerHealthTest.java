package dev.rollbook.compose;

import static dev.rollbook.compose.LabelledContainers.docker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.rollbook.StepReport;
import io.temporal.client.ActivityCanceledException;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NeedsDocker
@Timeout(120)
class ContainerHealthTest {

  private static final String[] CHECKED = {
    "--health-cmd", "echo asked; test -e /tmp/up", "--health-interval", "200ms"
  };

  private final LabelledContainers shop = new LabelledContainers();
  private HttpServer url;
  private volatile String body = "{\"status\":\"UP\"}";

  @BeforeEach
  void serve() throws IOException {
    url = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    url.createContext(
        "/",
        exchange -> {
          byte[] answer = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    url.start();
    shop.health = URI.create("http://127.0.0.1:" + url.getAddress().getPort() + "/health");
  }

  @AfterEach
  void close() throws IOException {
    url.stop(0);
    shop.close();
  }

  @Test
  void healthy_is_what_its_own_check_and_the_url_say() throws IOException {
    getsWellAt("0 of 1 containers healthy", shop.run("sleep 1000", CHECKED));
    StepReport report = healthy();
    assertThat(report.summary()).startsWith("UP 1 times in a row");
    assertThat(report.evidence())
        .contains(shop.name("shop", 1) + ": healthy; its health check said last: asked")
        .contains("GET " + shop.health);
    assertThat(shop.beats).anyMatch(beat -> beat.contains("0 of 1 containers healthy"));
  }

  @Test
  void without_a_check_of_its_own_only_the_url_tells_and_the_report_says_so() throws IOException {
    shop.run("sleep 1000");
    assertThat(healthy().evidence())
        .contains("running, no health check of its own: only the URL tells");
  }

  @Test
  void a_check_that_was_switched_off_is_none() throws IOException {
    shop.run("sleep 1000", "--no-healthcheck");
    assertThat(healthy().evidence()).contains("no health check of its own");
  }

  @Test
  void every_container_must_be_healthy_and_the_one_that_is_not_is_named() throws IOException {
    shop.healthyWithin = Duration.ofSeconds(3);
    awaitOwnHealth("healthy", shop.run("touch /tmp/up; sleep 1000", CHECKED));
    awaitOwnHealth(
        "unhealthy",
        shop.run(
            "sleep 1000",
            "--health-cmd",
            "echo no database; false",
            "--health-interval",
            "200ms",
            "--health-retries",
            "2"));
    failsAs("NotHealthy")
        .hasMessageContaining("1 of 2 containers not healthy within 3 s")
        .hasMessageContaining(
            shop.name("shop", 2) + ": unhealthy; its health check said last: no database")
        .message()
        .doesNotContain(shop.name("shop", 1));
  }

  @Test
  void one_that_was_unhealthy_for_a_while_may_become_healthy() throws IOException {
    getsWellAt(
        "unhealthy",
        shop.run(
            "sleep 1000",
            "--health-cmd",
            "test -e /tmp/up",
            "--health-interval",
            "200ms",
            "--health-retries",
            "1"));
    assertThat(healthy().evidence()).contains(": healthy");
    assertThat(shop.beats).anyMatch(beat -> beat.contains("unhealthy"));
  }

  @Test
  void a_url_that_is_not_up_fails_although_the_containers_are_healthy() throws IOException {
    shop.healthyWithin = Duration.ofSeconds(2);
    body = "{\"status\":\"DOWN\"}";
    awaitOwnHealth("healthy", shop.run("touch /tmp/up; sleep 1000", CHECKED));
    failsAs("NotHealthy").hasMessageContaining("DOWN").hasMessageContaining("/health");
  }

  @Test
  void a_database_that_the_url_says_is_down_is_told_by_the_failures_type() throws IOException {
    shop.healthyWithin = Duration.ofSeconds(2);
    body = "{\"status\":\"DOWN\",\"components\":{\"db\":{\"status\":\"DOWN\"}}}";
    String container = shop.run("sleep 1000", CHECKED);
    failsAs("DatabaseDown")
        .hasMessageContaining("1 of 1 containers not healthy within 2 s")
        .hasMessageContaining("says: 200, DOWN: db (DOWN)");

    docker("exec", container, "touch", "/tmp/up");
    awaitOwnHealth("healthy", container);
    failsAs("DatabaseDown").hasMessageContaining("last answer: 200, DOWN: db (DOWN)");
  }

  @Test
  void one_that_ends_before_it_is_healthy_has_died() throws IOException {
    shop.run("sleep 1; exit 5", CHECKED);
    failsAs("ServiceDied").hasMessageContaining("ended after its start with exit code 5");
  }

  @Test
  void one_that_ends_while_the_url_is_asked_has_died_and_is_not_waited_for() throws IOException {
    shop.healthyWithin = Duration.ofMinutes(10);
    body = "{\"status\":\"DOWN\"}";
    shop.run("sleep 2; exit 5");
    failsAs("ServiceDied").hasMessageContaining("ended after its start with exit code 5");
  }

  @Test
  void one_that_restarts_in_a_loop_has_died() throws IOException {
    shop.run("exit 6", "--restart", "always", "--health-cmd", "true");
    failsAs("ServiceDied").hasMessageContaining("restarts in a loop");
  }

  @Test
  void a_paused_container_is_not_healthy() throws IOException {
    shop.healthyWithin = Duration.ofSeconds(1);
    docker("pause", shop.run("sleep 1000"));
    failsAs("NotHealthy").hasMessageContaining("paused");
  }

  @Test
  void a_cancel_ends_the_wait() throws IOException {
    shop.healthyWithin = Duration.ofMinutes(10);
    shop.run("sleep 1000", CHECKED);
    shop.onBeat =
        () -> {
          if (shop.beats.size() > 8) {
            throw new ActivityCanceledException();
          }
        };
    assertThatThrownBy(this::healthy).isInstanceOf(ActivityCanceledException.class);
  }

  /** The container is well from the moment on at which the wait has seen that it is not. */
  private void getsWellAt(String beat, String container) {
    shop.onBeat =
        () -> {
          if (shop.beats.get(shop.beats.size() - 1).contains(beat)) {
            LabelledContainers.touch(container, "/tmp/up");
          }
        };
  }

  private static void awaitOwnHealth(String health, String container) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> docker("inspect", "-f", "{{.State.Health.Status}}", container).equals(health));
  }

  private StepReport healthy() {
    return shop.containerHealth().awaitHealthy(shop.pinned());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> failsAs(String type) {
    return assertThatThrownBy(this::healthy)
        .isInstanceOfSatisfying(
            ApplicationFailure.class, failure -> assertThat(failure.getType()).isEqualTo(type));
  }
}
