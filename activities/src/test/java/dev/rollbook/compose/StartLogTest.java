package dev.rollbook.compose;

import static dev.rollbook.compose.LabelledContainers.docker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.StepReport;
import io.temporal.client.ActivityCanceledException;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsDocker
@Timeout(120)
class StartLogTest {

  private static final String STARTED = "echo Started Shop in 0.1 seconds; sleep 1000";

  private final LabelledContainers shop = new LabelledContainers();

  @AfterEach
  void close() throws IOException {
    shop.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void the_start_line_is_found_with_and_without_a_terminal(boolean terminal) throws IOException {
    String script = "echo hello; sleep 0.5; " + STARTED;
    if (terminal) {
      shop.run(script, "--tty");
    } else {
      shop.run(script);
    }
    StepReport report = started();
    assertThat(report.summary()).isEqualTo(shop.name("shop", 1) + ": Started Shop in 0.1 seconds");
    assertThat(report.evidence()).contains("\nhello\nStarted Shop");
  }

  @Test
  void a_line_on_the_error_stream_counts_too() throws IOException {
    shop.run("echo Started Shop in 0.1 seconds >&2; sleep 1000");
    assertThat(started().summary()).contains("Started Shop");
  }

  @Test
  void output_and_error_output_do_not_mix_within_a_line() throws IOException {
    shop.run(
        "for i in 1 2 3 4 5 6 7 8 9; do printf 'Started Shop '; echo noise >&2; sleep 0.02; echo 'in 0.1 seconds'; sleep 0.02; done; sleep 1000");
    assertThat(started().summary()).endsWith("Started Shop in 0.1 seconds");
  }

  @Test
  void every_container_of_the_service_must_start() throws IOException {
    shop.run(STARTED);
    shop.run(STARTED);
    String last = shop.run("until [ -e /tmp/go ]; do sleep 0.1; done; " + STARTED);
    shop.onBeat =
        () -> {
          if (shop.beats.get(shop.beats.size() - 1).startsWith("2 of 3 containers started")) {
            LabelledContainers.touch(last, "/tmp/go");
          }
        };
    assertThat(started().summary()).startsWith("all 3 containers started");
    assertThat(shop.beats).anyMatch(beat -> beat.startsWith("2 of 3 containers started"));
  }

  @Test
  void a_container_of_another_service_of_the_project_is_not_waited_for() throws IOException {
    shop.run(STARTED);
    shop.runAs("gateway", 1, "sleep 1000");
    assertThat(started().summary()).contains("Started Shop");
  }

  @Test
  void a_line_of_the_run_before_is_not_this_starts() throws IOException {
    String id =
        shop.run(
            "[ -e /tmp/again ] && { echo second; sleep 1000; }; touch /tmp/again; echo ERROR old; echo Started Shop in 0.1 seconds; sleep 1000",
            "--stop-timeout",
            "0");
    assertThat(started().summary()).contains("Started Shop");

    docker("restart", id);
    shop.startWithin = Duration.ofSeconds(5);
    shop.errorLines = List.of(Pattern.compile("ERROR"));
    failsAs("NotReady")
        .hasMessageContaining("did not print 'Started .* in .* seconds' within 5 s")
        .hasMessageContaining("second")
        .message()
        .doesNotContain("ERROR");
  }

  @Test
  void the_very_first_lines_after_a_restart_are_found_however_early() throws IOException {
    String id = shop.run(STARTED, "--stop-timeout", "0");
    for (int i = 0; i < 8; i++) {
      docker("restart", id);
      assertThat(started().summary()).contains("Started Shop");
    }
  }

  @Test
  void an_error_line_fails_at_once_with_what_follows_it() throws IOException {
    shop.errorLines = List.of(Pattern.compile("ERROR|OutOfMemory"));
    shop.run("echo 'ERROR no database'; sleep 0.2; echo '  at Shop.java:7'; sleep 1000");
    failsAs("ErrorLines")
        .hasMessageContaining("printed\nERROR no database\nwhich no good start prints")
        .hasMessageContaining("at Shop.java:7");
  }

  @Test
  void an_error_line_before_the_start_line_fails_a_start_too() throws IOException {
    shop.errorLines = List.of(Pattern.compile("ERROR"));
    shop.run("echo 'ERROR no database'; " + STARTED);
    failsAs("ErrorLines").hasMessageContaining("ERROR no database");
  }

  @Test
  void one_that_ends_says_how_with_its_last_fifty_lines() throws IOException {
    shop.run("for i in $(seq 1 80); do echo line $i; done; exit 3");
    failsAs("ServiceDied")
        .hasMessageContaining("ended while starting with exit code 3;")
        .hasMessageContaining("\nline 31\n")
        .hasMessageContaining("line 80")
        .message()
        .doesNotContain("line 30\n");
  }

  @Test
  void one_that_has_ended_before_its_start_is_written_down_shows_its_lines() throws IOException {
    for (int i = 0; i < 5; i++) {
      docker("wait", shop.run("echo too fast; exit 3"));
      failsAs("ServiceDied").hasMessageContaining("too fast");
      shop.close();
    }
  }

  @Test
  void one_that_needs_too_much_memory_says_so() throws IOException {
    shop.run("echo filling; tail /dev/zero", "--memory", "16m", "--memory-swap", "16m");
    failsAs("ServiceDied").hasMessageContaining("OOMKilled").hasMessageContaining("filling");
  }

  @Test
  void a_container_that_restarts_in_a_loop_is_noticed() throws IOException {
    shop.run("echo trying; exit 4", "--restart", "always");
    failsAs("ServiceDied")
        .hasMessageContaining("restarts in a loop")
        .hasMessageContaining("exit code 4")
        .hasMessageContaining("trying");
  }

  @Test
  void one_that_its_restart_policy_brings_up_the_second_time_has_started() throws IOException {
    shop.run(
        "[ -e /tmp/again ] || { touch /tmp/again; sleep 1; exit 1; }; " + STARTED,
        "--restart",
        "on-failure");
    assertThat(started().summary()).contains("Started Shop");
  }

  @Test
  void a_quiet_log_ends_at_the_time_limit_and_follows_no_more() throws IOException {
    shop.startWithin = Duration.ofSeconds(5);
    shop.run("echo last words; sleep 1000");
    failsAs("NotReady").hasMessageContaining("(running)").hasMessageContaining("last words");
    nothingIsFollowed();
  }

  @Test
  void a_cancel_while_the_log_is_quiet_ends_at_once_and_follows_no_more() throws IOException {
    shop.run("sleep 1000");
    shop.startWithin = Duration.ofMinutes(10);
    shop.onBeat =
        () -> {
          if (shop.beats.size() > 5) {
            throw new ActivityCanceledException();
          }
        };
    assertThatThrownBy(this::started).isInstanceOf(ActivityCanceledException.class);
    nothingIsFollowed();
  }

  @Test
  void a_log_that_cannot_be_read_leaves_it_to_the_health_check() throws IOException {
    shop.run(STARTED, "--log-driver", "none");
    assertThat(started().summary())
        .contains("its log cannot be read (log driver 'none')")
        .contains("left to the health check");
  }

  @Test
  void a_log_that_goes_to_syslog_alone_leaves_it_to_the_health_check() throws IOException {
    shop.run(
        STARTED,
        "--log-driver",
        "syslog",
        "--log-opt",
        "syslog-address=udp://127.0.0.1:9",
        "--log-opt",
        "cache-disabled=true");
    assertThat(started().summary()).contains("its log cannot be read (log driver 'syslog')");
  }

  @Test
  void a_start_line_behind_more_than_16_kib_is_whole() throws IOException {
    shop.run(
        "head -c 40000 /dev/zero | tr '\\0' x; echo ' Started Shop in 0.1 seconds'; sleep 1000");
    assertThat(started().summary().length()).isBetween(2000, 2100);
  }

  @Test
  void a_hundred_megabytes_without_a_line_end_do_not_hurt() throws IOException {
    shop.startWithin = Duration.ofSeconds(100);
    shop.run("head -c 100000000 /dev/zero | tr '\\0' x; echo; " + STARTED);
    assertThat(started().evidence()).hasSizeLessThan(20_000).contains("Started Shop");
  }

  @Test
  void secrets_in_the_log_are_in_no_report_and_no_heartbeat() throws IOException {
    Secret token = new Secret("${env:TOKEN}", Map.of("TOKEN", "correct-horse-battery"));
    shop.redaction = new Redaction(List.of(token));
    shop.run(
        "printf '%0110d correct-horse-battery\\n' 0; sleep 1; echo Started correct-horse-battery in 1 seconds; sleep 1000");
    StepReport report = started();
    assertThat(report.summary() + report.evidence()).contains("***").doesNotContain("correct-h");
    assertThat(shop.beats).noneMatch(beat -> beat.contains("correct-h"));
  }

  @Test
  void a_service_without_containers_is_dead() {
    failsAs("ServiceDied").hasMessageContaining("no container of the service is left");
  }

  private StepReport started() {
    return shop.containerHealth().awaitStart(shop.pinned());
  }

  private AbstractThrowableAssert<?, ? extends Throwable> failsAs(String type) {
    return assertThatThrownBy(this::started)
        .isInstanceOfSatisfying(
            ApplicationFailure.class, failure -> assertThat(failure.getType()).isEqualTo(type));
  }

  private void nothingIsFollowed() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("log of " + shop.project)));
  }
}
