package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.Secret;
import dev.rollbook.Severity;
import io.temporal.client.ActivityCanceledException;
import io.temporal.failure.ApplicationFailure;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpChannelsTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
  private static final Duration WITHIN = Duration.ofSeconds(20);

  private final Receiver receiver = new Receiver();
  private final Message message = Incidents.message(Incidents.notice("oncall"));

  enum Kind {
    WEBHOOK,
    SLACK,
    PAGERDUTY;

    Channel at(String url, Duration within) {
      Secret secret = Incidents.secret(url);
      Delivery delivery = new Delivery(CLOCK, within);
      return switch (this) {
        case WEBHOOK ->
            new WebhookChannel(
                "channel pager",
                secret,
                Map.of("Authorization", Incidents.secret("Bearer ${env:TOKEN}")),
                Optional.of(Incidents.secret("${env:TOKEN}")),
                delivery,
                CLOCK);
        case SLACK -> new SlackChannel("channel pager", secret, delivery);
        case PAGERDUTY ->
            new PagerDutyChannel(
                "channel pager", secret, Incidents.secret("${env:TOKEN}"), delivery);
      };
    }
  }

  @AfterEach
  void close() {
    receiver.close();
  }

  private Channel channel(Kind kind) {
    return kind.at(receiver.url("/hook/${env:TOKEN}"), WITHIN);
  }

  private ApplicationFailure failure(Kind kind) {
    return failure(channel(kind));
  }

  private ApplicationFailure failure(Channel channel) {
    ApplicationFailure failure =
        catchThrowableOfType(ApplicationFailure.class, () -> channel.send(message, () -> {}));
    assertThat(failure).isNotNull();
    assertThat(failure.getOriginalMessage()).startsWith("channel pager: ");
    assertThat(failure.toString()).doesNotContain(Incidents.SECRET);
    return failure;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void a_question_brings_the_links_of_both_words(Kind kind) {
    receiver.answer(Receiver.status(202, "{\"dedup_key\":\"k-1\"}"));
    Message question =
        new Message(
            message.notice(),
            message.subject(),
            message.body(),
            "Decide: …",
            List.of(
                new Message.Link("approve", "Roll back:", "https://r/decide?token=a"),
                new Message.Link("reject", "Do not:", "https://r/decide?token=b")));

    channel(kind).send(question, () -> {});

    assertThat(receiver.request().body())
        .contains("https://r/decide?token=a", "https://r/decide?token=b", "Decide: …");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void every_attempt_carries_the_same_id(Kind kind) {
    receiver.answer(Receiver.status(202, "{\"dedup_key\":\"k-1\"}"));

    String receipt = channel(kind).send(message, () -> {});
    channel(kind).send(message, () -> {});

    assertThat(receipt).contains("k-1");
    assertThat(receiver.requests()).hasSize(2);
    assertThat(receiver.requests())
        .allSatisfy(
            request -> {
              assertThat(request.path()).isEqualTo("/hook/" + Incidents.SECRET);
              assertThat(request.body()).contains("plan-7.oncall.1.pager.1");
            });
    assertThat(receiver.requests().get(0).body()).isEqualTo(receiver.requests().get(1).body());
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 420, 425, 500, 502, 503})
  void trouble_that_passes_is_worth_another_attempt(int status) {
    receiver.answer(Receiver.status(status, "wait a\r\nmoment"));

    ApplicationFailure failure = failure(Kind.WEBHOOK);

    assertThat(failure.isNonRetryable()).isFalse();
    assertThat(failure.getOriginalMessage())
        .isEqualTo("channel pager: answered " + status + ": wait a moment");
    assertThat(failure.getNextRetryDelay()).isNull();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void the_next_attempt_comes_when_a_busy_server_wants_it(Kind kind) {
    receiver.answer(Receiver.status(429, "", "Retry-After", "7"));
    assertThat(failure(kind).getNextRetryDelay()).isEqualTo(Duration.ofSeconds(7));

    receiver.answer(Receiver.status(503, "", "Retry-After", "Thu, 01 Jan 2026 00:00:30 GMT"));
    assertThat(failure(kind).getNextRetryDelay()).isEqualTo(Duration.ofSeconds(30));

    receiver.answer(Receiver.status(429, "", "Retry-After", "86400"));
    assertThat(failure(kind).getNextRetryDelay()).isEqualTo(RetryAfter.LONGEST);

    receiver.answer(Receiver.status(429, "", "Retry-After", "soon"));
    assertThat(failure(kind).getNextRetryDelay()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 410, 413})
  void a_refusal_is_for_good(int status) {
    receiver.answer(Receiver.status(status, "invalid_payload"));

    ApplicationFailure failure = failure(Kind.SLACK);

    assertThat(failure.isNonRetryable()).isTrue();
    assertThat(failure.getType()).isEqualTo("ChannelBroken");
    assertThat(failure.getOriginalMessage()).endsWith("answered " + status + ": invalid_payload");
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void nothing_follows_a_redirect(int status) {
    try (Receiver other = new Receiver()) {
      receiver.answer(Receiver.status(status, "", "Location", other.url("/elsewhere")));

      ApplicationFailure failure = failure(Kind.PAGERDUTY);

      assertThat(failure.getType()).isEqualTo("ChannelBroken");
      assertThat(failure.getOriginalMessage()).contains("which leads elsewhere");
      assertThat(other.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void a_server_that_hangs_or_hangs_up_is_given_up_and_tried_again(Kind kind) {
    receiver.hang();
    ApplicationFailure hanging =
        failure(kind.at(receiver.url("/hook/${env:TOKEN}"), Duration.ofMillis(500)));
    assertThat(hanging.isNonRetryable()).isFalse();
    assertThat(hanging.getOriginalMessage()).contains("no answer within");

    receiver.answer(Receiver.closing());
    assertThat(failure(kind).isNonRetryable()).isFalse();
  }

  @Test
  void a_server_that_is_not_there_is_tried_again() {
    ApplicationFailure failure = failure(Kind.SLACK.at("http://127.0.0.1:1/${env:TOKEN}", WITHIN));

    assertThat(failure.isNonRetryable()).isFalse();
    assertThat(failure.getOriginalMessage()).contains("connection refused");
  }

  @Test
  void a_url_or_key_that_cannot_be_used_is_told_without_it() {
    ApplicationFailure scheme = failure(Kind.WEBHOOK.at("ftp://${env:TOKEN}/x", WITHIN));
    ApplicationFailure form = failure(Kind.SLACK.at("${env:TOKEN} is no URL", WITHIN));
    ApplicationFailure missing = failure(Kind.SLACK.at("https://${env:NOT_SET}/x", WITHIN));

    assertThat(scheme.getType()).isEqualTo("ChannelBroken");
    assertThat(form.getOriginalMessage())
        .isEqualTo("channel pager: its URL (***) is no http or https URL with a host; mend it");
    assertThat(missing.isNonRetryable()).isTrue();
    assertThat(missing.getOriginalMessage()).contains("NOT_SET");
  }

  @Test
  void a_cancelled_call_ends_at_once() {
    receiver.hang();

    assertThatThrownBy(
            () ->
                channel(Kind.WEBHOOK)
                    .send(
                        message,
                        () -> {
                          throw new ActivityCanceledException();
                        }))
        .isInstanceOf(ActivityCanceledException.class);
  }

  @Test
  void a_webhook_can_tell_a_repeated_call_and_a_forged_one() throws Exception {
    channel(Kind.WEBHOOK).send(message, () -> {});

    Receiver.Request request = receiver.request();
    assertThat(request.headers().getFirst("Idempotency-Key")).isEqualTo("plan-7.oncall.1.pager.1");
    assertThat(request.headers().getFirst("Authorization")).isEqualTo("Bearer " + Incidents.SECRET);
    byte[] body = request.body().getBytes(StandardCharsets.UTF_8);
    assertThat(request.headers().getFirst("X-Rollbook-Signature"))
        .isEqualTo(Signature.of(Incidents.SECRET, body, NOW))
        .startsWith("t=1767225600,v1=")
        .isNotEqualTo(Signature.of(Incidents.SECRET, new byte[0], NOW));
    JsonNode json = Payloads.mapper().readTree(request.body());
    assertThat(json.path("recipient").asText()).isEqualTo("oncall");
    assertThat(json.path("workflowId").asText()).isEqualTo("escalate:production:shopping-service");
    assertThat(json.path("incident").path("why").asText())
        .contains("the image is missing")
        .doesNotContain(Incidents.SECRET);
  }

  @Test
  void slack_shows_hostile_text_as_text() throws Exception {
    Message hostile =
        Incidents.message(Incidents.notice(Incidents.incident(Incidents.HOSTILE), "oncall"));

    channel(Kind.SLACK).send(hostile, () -> {});

    String text = Payloads.mapper().readTree(receiver.request().body()).path("text").asText();
    assertThat(text)
        .contains("&lt;!channel&gt; &lt;@U123&gt; @\u200bhere")
        .contains("rollbook ack shopping-service -e production")
        .contains("{why}")
        .doesNotContain("<!", "<@", "@here", "\u202E", "\u001b", "\r", Incidents.SECRET);
  }

  @Test
  void a_long_story_leaves_room_for_how_to_answer() throws Exception {
    Incident usual = Incidents.incident();
    Incident longStory =
        new Incident(
            usual.id(),
            usual.service(),
            usual.environment(),
            usual.title(),
            "&🛒".repeat(5000) + "\ud83d",
            usual.troubles(),
            false,
            "rollback");

    channel(Kind.SLACK).send(Incidents.message(Incidents.notice(longStory, "oncall")), () -> {});

    String text = Payloads.mapper().readTree(receiver.request().body()).path("text").asText();
    assertThat(text)
        .hasSizeLessThan(20_000)
        .contains("rollbook ack shopping-service -e production")
        .endsWith("_plan-7.oncall.1.pager.1_");
  }

  @ParameterizedTest
  @CsvSource({"ANSWERED, acknowledge", "OVER, resolve"})
  void pagerduty_hears_what_became_of_a_call_under_its_key(Notices.Became became, String action)
      throws Exception {
    Channel pager = channel(Kind.PAGERDUTY);
    assertThat(pager.staysOpen()).isTrue();

    pager.follow("plan-7.oncall.1.pager.1", became, () -> {});

    JsonNode event = Payloads.mapper().readTree(receiver.request().body());
    assertThat(event.path("event_action").asText()).isEqualTo(action);
    assertThat(event.path("dedup_key").asText()).isEqualTo("plan-7.oncall.1.pager.1");
    assertThat(event.path("routing_key").asText()).isEqualTo(Incidents.SECRET);
    assertThat(event.has("payload")).isFalse();
  }

  @Test
  void pagerduty_gets_an_event_it_can_take() throws Exception {
    String endless = "x".repeat(3000);
    Message hostile = Incidents.message(Incidents.notice(Incidents.incident(endless), "oncall"));

    channel(Kind.PAGERDUTY).send(hostile, () -> {});

    JsonNode event = Payloads.mapper().readTree(receiver.request().body());
    assertThat(event.path("routing_key").asText()).isEqualTo(Incidents.SECRET);
    assertThat(event.path("event_action").asText()).isEqualTo("trigger");
    assertThat(event.path("dedup_key").asText()).isEqualTo("plan-7.oncall.1.pager.1");
    assertThat(event.path("payload").path("summary").asText()).hasSizeBetween(100, 1024);
    assertThat(event.path("payload").path("source").asText())
        .isEqualTo("shopping-service/production");
    assertThat(event.path("payload").path("severity").asText()).isEqualTo("critical");
    assertThat(event.path("payload").toString()).doesNotContain(Incidents.SECRET);
  }

  @ParameterizedTest
  @CsvSource({"CRITICAL, critical", "HIGH, error", "MEDIUM, warning", "LOW, info", ", critical"})
  void pagerduty_hears_of_an_alert_in_its_own_words_and_of_a_failed_rollback_as_critical(
      Severity severity, String word) throws Exception {
    Notice usual = Incidents.notice("oncall");
    Notice about =
        new Notice(
            usual.id(),
            usual.incident(),
            usual.level(),
            usual.title(),
            1,
            usual.channel(),
            usual.recipient(),
            usual.workflowId(),
            null,
            severity);

    channel(Kind.PAGERDUTY).send(Incidents.message(about), () -> {});

    JsonNode event = Payloads.mapper().readTree(receiver.request().body());
    assertThat(event.path("payload").path("severity").asText()).isEqualTo(word);
  }

  @Test
  void an_id_that_no_header_may_have_goes_by_its_digest() {
    Notice notice = Incidents.notice("oncall");
    Notice strange =
        new Notice(
            "롤백\r\nX-Evil: 1",
            notice.incident(),
            notice.level(),
            notice.title(),
            1,
            "pager",
            "oncall",
            "w",
            null,
            null);

    channel(Kind.WEBHOOK).send(Incidents.message(strange), () -> {});

    assertThat(receiver.request().headers()).doesNotContainKey("X-Evil");
    assertThat(receiver.request().headers().getFirst("Idempotency-Key")).matches("h-[0-9a-f]{64}");
  }
}
