package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.Elapsed;
import dev.rollbook.Payloads;
import dev.rollbook.Secret;
import dev.rollbook.escalation.Wording.Language;
import io.temporal.failure.ApplicationFailure;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class NoticeSpoolTest {

  @TempDir Path folder;

  private Channels channels(Map<String, Channel> channels) {
    return channels(channels, Duration.ZERO);
  }

  private Channels channels(Map<String, Channel> channels, Duration spent) {
    return new Channels(
        channels,
        new Messages(new Wording(Language.EN), Optional.empty(), Incidents.REDACTION),
        new NoticeSpool(folder, Incidents.REDACTION, Clock.systemUTC()),
        () -> progress -> {},
        () -> 2,
        () -> spent);
  }

  private static Notice notice(String id, String incident) {
    Incident usual = Incidents.incident(Incidents.HOSTILE);
    return new Notice(
        id,
        new Incident(
            incident,
            usual.service(),
            usual.environment(),
            usual.title(),
            usual.why(),
            Set.of(),
            false,
            "rollback"),
        "oncall",
        "On-Call Engineer",
        1,
        "spool",
        "oncall@example.com",
        "w",
        null,
        null);
  }

  @Test
  void every_notice_is_one_line_however_often_it_is_spooled() throws Exception {
    Channels channels = channels(Map.of());

    Notices.Sent sent = channels.spool(notice("n-1", "plan-7"));
    channels.spool(notice("n-1", "plan-7"));
    channels.spool(notice("n-2", "plan-7"));
    channels.spool(notice("n-1", "plan-8"));

    Path file = folder.resolve("notices/plan-7.jsonl");
    assertThat(sent).isEqualTo(new Notices.Sent(file.toString(), 2, false));
    List<String> lines = Files.readAllLines(file);
    assertThat(lines)
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).doesNotContain(Incidents.SECRET, "\u202E"));
    assertThat(Payloads.mapper().readTree(lines.get(0)).path("title").asText())
        .startsWith("down Bcc: evil@example.com");
    assertThat(Files.readAllLines(folder.resolve("notices/plan-8.jsonl"))).hasSize(1);
  }

  @Test
  void a_line_that_a_crash_left_half_written_is_written_again() throws Exception {
    channels(Map.of()).spool(notice("n-1", "plan-7"));
    Path file = folder.resolve("notices/plan-7.jsonl");
    Files.writeString(file, "{\"id\":\"n-2\",\"at", StandardOpenOption.APPEND);

    channels(Map.of()).spool(notice("n-2", "plan-7"));

    assertThat(Files.readAllLines(file)).hasSize(2).allMatch(line -> line.endsWith("}"));
  }

  @Test
  void an_incident_names_no_file_outside_the_spool() {
    Path file = Path.of(channels(Map.of()).spool(notice("n-1", "../../etc/passwd")).receipt());

    assertThat(file.normalize().getParent()).isEqualTo(folder.resolve("notices"));
  }

  @Test
  void a_disk_that_takes_nothing_is_told_and_tried_again() throws Exception {
    Files.writeString(folder.resolve("notices"), "no folder");

    assertThatThrownBy(() -> channels(Map.of()).spool(notice("n-1", "plan-7")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("plan-7.jsonl");
  }

  @Test
  void a_channel_that_the_catalog_does_not_have_is_broken() {
    Channel never =
        new SlackChannel("channel chat", Incidents.secret("http://127.0.0.1:1/${env:TOKEN}"));

    ApplicationFailure failure =
        catchThrowableOfType(
            ApplicationFailure.class,
            () -> channels(Map.of("chat", never)).send(Incidents.notice("oncall")));

    assertThat(failure.isNonRetryable()).isTrue();
    assertThat(failure.getType()).isEqualTo("ChannelBroken");
    assertThat(failure.getOriginalMessage())
        .isEqualTo("The catalog of this worker has no channel pager; it has: chat");
  }

  @ParameterizedTest
  @CsvSource({"0, 0, false", "80, 0, false", "80, 11, true", "91, 0, true", "600, 0, true"})
  void a_channel_that_is_busy_for_too_long_is_given_up_after_an_attempt(
      int spent, int retryAfter, boolean givenUp) {
    Duration again = retryAfter == 0 ? null : Duration.ofSeconds(retryAfter);
    Channel busy =
        new Channel() {
          @Override
          public String send(Message message, Runnable whileWaiting) {
            throw Delivery.busy("channel pager", "answered 503", again);
          }

          @Override
          public List<Secret> secrets() {
            return List.of();
          }
        };

    ApplicationFailure failure =
        catchThrowableOfType(
            ApplicationFailure.class,
            () ->
                channels(Map.of("spool", busy), Duration.ofSeconds(spent))
                    .send(notice("n-1", "incident-1")));

    assertThat(failure.isNonRetryable()).isEqualTo(givenUp);
    assertThat(failure.getOriginalMessage())
        .isEqualTo(
            "channel pager: answered 503"
                + (givenUp
                    ? "; given up after " + Elapsed.describe(Duration.ofSeconds(spent))
                    : ""));
  }
}
