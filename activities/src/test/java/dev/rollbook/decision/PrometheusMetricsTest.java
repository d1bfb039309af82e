package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.Severity;
import dev.rollbook.Version;
import dev.rollbook.escalation.Receiver;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers as a Prometheus was seen to give them, and as others may. */
@Timeout(30)
class PrometheusMetricsTest {

  private static final String VECTOR =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[%s]}%s}";

  private final Receiver prometheus = new Receiver();
  private final Map<String, Receiver.Behaviour> answers = new HashMap<>();
  private Optional<Secret> bearer = Optional.empty();
  private String latencyQuery = "latency";
  private Heartbeat heartbeat = progress -> {};
  private Duration answerWithin = Duration.ofSeconds(20);

  @BeforeEach
  void isWell() {
    figure("age", "1.5");
    figure("up", "1");
    figure("traffic", "2.5");
    figure("errorRate", "0.01");
    answers.put("latency", vector(""));
    prometheus.answer(
        exchange -> {
          String query = exchange.getRequestURI().getRawQuery().replaceFirst(".*&query=", "");
          answers.get(URLDecoder.decode(query, StandardCharsets.UTF_8)).answer(exchange);
        });
  }

  @AfterEach
  void stop() {
    prometheus.close();
  }

  @ParameterizedTest
  @CsvSource({
    "CRITICAL, errorRate, 0.62, SHOWN, '62 % of the answers fail, more than 50 %'",
    "CRITICAL, errorRate, 0.01, NOT_SHOWN, 'it is up; 1 % of the answers fail'",
    "CRITICAL, errorRate, 0.3, UNKNOWN, '30 % of the answers fail, from 5 % to 50 %'",
    "CRITICAL, errorRate, 62, UNKNOWN, 'an error rate is from 0 to 1, this one is 62; mend it'",
    "CRITICAL, latency, 7, UNKNOWN, 'answers take 7 s, which is high, not critical'",
    "CRITICAL, up, 0, SHOWN, nothing of it answers",
    "CRITICAL, traffic, 0, UNKNOWN, no traffic",
    "CRITICAL, age, 600, UNKNOWN, the newest sample is 600 s old",
    "HIGH, errorRate, 0.3, SHOWN, '30 % of the answers fail, more than 10 %'",
    "HIGH, latency, 7, SHOWN, 'answers take 7 s, more than 5 s'",
    "HIGH, latency, 0.25, NOT_SHOWN, 'it is up; 1 % of the answers fail; answers take 0.25 s'",
    "HIGH, errorRate, 0.01, UNKNOWN, how long answers take is not known: no such series",
    "MEDIUM, errorRate, 0.01, NOT_SHOWN, 'it is up; 1 % of the answers fail'",
    "MEDIUM, errorRate, 0.05, UNKNOWN, '5 % of the answers fail, from 5 % to 10 %'",
  })
  void the_table_of_symptoms_is_kept(
      Severity severity, String name, String value, Shown shown, String why) {
    figure(name, value);

    Symptoms seen = metrics().look("shop", "local", severity);

    assertThat(seen.shown()).as(seen.why()).isEqualTo(shown);
    assertThat(seen.why()).isEqualTo(why);
    assertThat(seen.traffic())
        .isEqualTo(
            name.equals("age")
                ? Shown.UNKNOWN
                : name.equals("traffic") ? Shown.NOT_SHOWN : Shown.SHOWN);
    assertThat(seen.measurements())
        .filteredOn(each -> each.name().equals(name))
        .singleElement()
        .extracting(Measurement::value, Measurement::query)
        .containsExactly(Double.valueOf(value), name);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "nothing, no such series",
    "NaN, no number (NaN)",
    "+Inf, endless (Inf)",
    "two, 2 series where one figure is wanted; sum them in errorRate",
    "old, 'more than 2 min from our own time'",
    "matrix, 'the query gives a matrix, not a figure; mend errorRate'",
    "partial, Prometheus knows only a part: [\"no answer from store-2\"]",
    "bad query, 'Prometheus does not take the query, bad_data: parse error; mend errorRate'",
    "execution, 'Prometheus answered 422, execution: too many samples'",
    "unavailable, 'Prometheus answered 503, which is no JSON'",
    "redirect, Prometheus answered 302 to http://elsewhere",
    "no key, 'Prometheus answered 401: it does not let us in; mend bearer or basic'",
    "page, 'Prometheus answered 200, which is no JSON'",
    "endless, 'too many series: the answer is larger than what is read; mend errorRate'",
    "no pair, Prometheus answered with a sample that has no time or no figure",
  })
  void whatever_is_no_figure_is_unknown_and_says_why(String shape, String why) {
    answers.put("errorRate", shape(shape));

    Symptoms seen = metrics().look("shop", "local", Severity.CRITICAL);

    assertThat(seen.shown()).isEqualTo(Shown.UNKNOWN);
    assertThat(seen.why()).startsWith("its error rate is not known: ").contains(why);
  }

  private static Receiver.Behaviour shape(String shape) {
    return switch (shape) {
      case "nothing" -> vector("");
      case "two" -> vector(sample("0.1", 0) + "," + sample("0.9", 0));
      case "old" -> vector(sample("0.9", 600));
      case "matrix" ->
          Receiver.status(
              200, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}");
      case "partial" ->
          Receiver.status(
              200,
              VECTOR.formatted(sample("0.9", 0), ",\"warnings\":[\"no answer from store-2\"]"));
      case "bad query" -> error(400, "bad_data", "parse error");
      case "execution" -> error(422, "execution", "too many samples");
      case "unavailable" -> Receiver.status(503, "Service Unavailable");
      case "redirect" -> Receiver.status(302, "{}", "Location", "http://elsewhere");
      case "no key" -> Receiver.status(401, "Unauthorized");
      case "page" -> Receiver.status(200, "<html>log in</html>");
      case "endless" -> Receiver.status(200, "[" + " ".repeat(300_000));
      case "no pair" -> vector("{\"metric\":{},\"value\":\"0.9\"}");
      default -> vector(sample(shape, 0));
    };
  }

  @Test
  void nobody_is_asked_again_who_does_not_answer_in_time() {
    answerWithin = Duration.ofSeconds(2);
    prometheus.hang();

    Symptoms seen = metrics().look("shop", "local", Severity.CRITICAL);

    assertThat(seen.shown()).isEqualTo(Shown.UNKNOWN);
    assertThat(seen.traffic()).isEqualTo(Shown.UNKNOWN);
    assertThat(seen.why()).contains("Prometheus: no answer within 2 s");
    assertThat(prometheus.requests()).hasSize(1);
  }

  @Test
  void a_token_goes_along_and_shows_nowhere() {
    bearer = Optional.of(new Secret("${env:TOKEN}", Map.of("TOKEN", "very-secret")));
    answers.put("errorRate", error(400, "bad_data", "very-secret is no query"));

    Symptoms seen = metrics().look("shop", "local", Severity.CRITICAL);

    assertThat(prometheus.requests().get(0).headers().getFirst("Authorization"))
        .isEqualTo("Bearer very-secret");
    assertThat(seen.toString()).doesNotContain("very-secret").contains("*** is no query");
  }

  @Test
  void a_token_that_is_not_there_is_named() {
    bearer = Optional.of(new Secret("${env:TOKEN}", Map.of()));

    Symptoms seen = metrics().look("shop", "local", Severity.CRITICAL);

    assertThat(seen.shown()).isEqualTo(Shown.UNKNOWN);
    assertThat(seen.why())
        .contains("could not be asked: The catalog wants the environment variable TOKEN");
    assertThat(prometheus.requests()).isEmpty();
  }

  @Test
  void an_abort_ends_the_question() {
    prometheus.hang();
    heartbeat =
        progress -> {
          throw new CancellationException("aborted");
        };

    assertThatThrownBy(() -> metrics().look("shop", "local", Severity.CRITICAL))
        .isInstanceOf(CancellationException.class);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "v3=0.6 v2=0.01, SHOWN, 'only the newest version fails: v2 1 %, v3 60 %'",
    "3333333=0.6 v2=0, SHOWN, 'only the newest version fails: 3333333 60 %, v2 0 %'",
    "v3=0.6 v2=0.55, NOT_SHOWN, 'other versions fail as well: v2 55 %, v3 60 %'",
    "v3=0.6, UNKNOWN, not both old and new are measured: v3 60 %",
    "v1=0.6 v2=0.6, UNKNOWN, 'not both old and new are measured: v1 60 %, v2 60 %'",
    "v3=0.02 v2=0.01, UNKNOWN, 'no version stands out: v2 1 %, v3 2 %'",
    "v3=0.6 v2=NaN, UNKNOWN, not both old and new are measured: v3 60 %",
    "=0.6, UNKNOWN, the series have no single label that names the version",
  })
  void versions_are_compared_where_series_name_them(String rates, Shown shown, String why) {
    StringBuilder series = new StringBuilder();
    for (String rate : rates.split(" ")) {
      String[] parts = rate.split("=");
      String labels = parts[0].isEmpty() ? "" : "\"version\":\"" + parts[0] + "\"";
      series.append(series.isEmpty() ? "" : ",");
      series.append(sample(parts[1], 0).replace("{}", "{" + labels + "}"));
    }
    answers.put("errorRateByVersion", vector(series.toString()));
    Version v3 = Version.commit("3".repeat(40), "v3");
    Version v2 = Version.commit("2".repeat(40), "v2");

    Symptoms seen =
        metrics()
            .compareVersions(new PinnedService("shop", "local", "plan", v3, v2, null, null, null));

    assertThat(seen.why()).isEqualTo(why);
    assertThat(seen.shown()).isEqualTo(shown);
  }

  @ParameterizedTest(name = "{0} s of buckets up to {1} s")
  @CsvSource({"1, 0.5 1 +Inf, true", "0.9, 0.5 1 +Inf, false", "1, 1 10 +Inf, false"})
  void a_quantile_at_the_last_bucket_below_the_limit_says_nothing(
      String value, String ends, boolean isTooLow) {
    latencyQuery = "histogram_quantile(0.99, buckets)";
    figure(latencyQuery, value);
    String buckets =
        Stream.of(ends.split(" "))
            .map(end -> sample("3", 0).replace("{}", "{\"le\":\"" + end + "\"}"))
            .collect(Collectors.joining(","));
    answers.put("buckets", vector(buckets));

    Symptoms seen = metrics().look("shop", "local", Severity.HIGH);

    assertThat(seen.shown()).isEqualTo(isTooLow ? Shown.UNKNOWN : Shown.NOT_SHOWN);
    if (isTooLow) {
      assertThat(seen.why())
          .isEqualTo(
              "how long answers take is not known: it is above the last bucket, 1.0 s, and no bucket"
                  + " is above limits.latency, 5 s; mend the buckets");
    }
  }

  private PrometheusMetrics metrics() {
    ServiceMetrics configured =
        new ServiceMetrics(
            new PrometheusServer(
                URI.create(prometheus.url("/prom/")),
                Map.of(),
                bearer,
                Optional.empty(),
                answerWithin,
                Duration.ofMinutes(2)),
            new MetricQueries(
                "errorRate", latencyQuery, "traffic", "up", "age", "errorRateByVersion"),
            SymptomLimits.RUNBOOK);
    return new PrometheusMetrics(
        (service, environment) -> Optional.of(configured),
        new Redaction(() -> bearer.stream().toList()),
        Clock.systemUTC(),
        () -> heartbeat,
        () -> 1);
  }

  private void figure(String name, String value) {
    answers.put(name, vector(sample(value, 0)));
  }

  private static Receiver.Behaviour vector(String samples) {
    return Receiver.status(200, VECTOR.formatted(samples, ""));
  }

  private static Receiver.Behaviour error(int status, String type, String words) {
    return Receiver.status(
        status,
        "{\"status\":\"error\",\"errorType\":\"%s\",\"error\":\"%s\"}".formatted(type, words));
  }

  private static String sample(String value, int secondsAgo) {
    return "{\"metric\":{},\"value\":[%d.123,\"%s\"]}"
        .formatted(Instant.now().minusSeconds(secondsAgo).getEpochSecond(), value);
  }
}
