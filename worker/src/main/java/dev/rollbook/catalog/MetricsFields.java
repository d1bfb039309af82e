package dev.rollbook.catalog;

import dev.rollbook.decision.MetricQueries;
import dev.rollbook.decision.PrometheusServer;
import dev.rollbook.decision.PrometheusServer.User;
import dev.rollbook.decision.ServiceMetrics;
import dev.rollbook.decision.SymptomLimits;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads where a service's metrics are asked for, and what they mean: what the catalog says for all,
 * and what a service's environment says otherwise.
 */
final class MetricsFields {

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);
  private static final Duration LONGEST = Duration.ofSeconds(10);
  private static final Duration MAX_AGE = Duration.ofMinutes(2);
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$([A-Za-z_]\\w*|\\{)");

  private final Value all;
  private final Problems problems;
  private final Fields fields;
  private final SecretFields secrets;
  private final Optional<PrometheusServer> server;

  MetricsFields(Value root, Map<String, String> environment, Problems problems) {
    this.all = root.part("evidence");
    this.problems = problems;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
    this.server = root.member("prometheus").flatMap(this::server);
  }

  /**
   * @param home a service's environment
   * @return empty where there is no Prometheus
   */
  Optional<ServiceMetrics> read(String service, String environment, Value home) {
    Value own = home.part("evidence");
    MetricQueries queries =
        queries(own.part("queries"), queries(all.part("queries"), MetricQueries.USUAL));
    SymptomLimits limits =
        limits(own.part("limits"), limits(all.part("limits"), SymptomLimits.RUNBOOK));
    Map<String, String> labels = labels(own, labels(all, MetricQueries.LABELS));
    return home.member("prometheus")
        .map(this::server)
        .orElse(server)
        .map(asked -> new ServiceMetrics(asked, queries.of(service, environment, labels), limits));
  }

  /** Empty where the URL is missing or wrong, which has been told. */
  private Optional<PrometheusServer> server(Value at) {
    Optional<User> user =
        fields
            .text(at, "username")
            .flatMap(name -> secrets.secret(at, "password").map(word -> new User(name, word)));
    if (user.isPresent() && at.member("bearer").isPresent()) {
      Value bearer = at.part("bearer");
      problems.addFirst(bearer.key(), bearer.where(), "either bearer, or username and password");
    }
    Duration within = fields.duration(at, "answerWithin", ANSWER_WITHIN);
    if (within.compareTo(LONGEST) > 0) {
      Value written = at.part("answerWithin");
      problems.addFirst(written.place(), written.where(), "at most 10s: a rollback waits for it");
    }
    return fields
        .url(at, "url")
        .map(
            url ->
                new PrometheusServer(
                    url,
                    secrets.headers(at),
                    secrets.secret(at, "bearer"),
                    user,
                    within,
                    fields.duration(at, "maxAge", MAX_AGE)));
  }

  private MetricQueries queries(Value at, MetricQueries left) {
    return new MetricQueries(
        query(at, "errorRate", left.errorRate()),
        query(at, "latency", left.latency()),
        query(at, "traffic", left.traffic()),
        query(at, "up", left.up()),
        query(at, "age", left.age()),
        query(at, "errorRateByVersion", left.errorRateByVersion()));
  }

  private String query(Value at, String name, String left) {
    at.member(name).filter(Value::isScalar).ifPresent(this::checkPlaceholders);
    return fields.text(at, name).orElse(left);
  }

  private Map<String, String> labels(Value at, Map<String, String> left) {
    if (at.member("labels").isEmpty()) {
      return left;
    }
    Map<String, String> labels = new LinkedHashMap<>();
    at.part("labels")
        .members()
        .forEach(
            (name, value) -> {
              checkPlaceholders(value);
              labels.put(name, value.text());
            });
    return labels;
  }

  /** A regular expression may end with '$'; a word behind it was meant as a placeholder. */
  private void checkPlaceholders(Value value) {
    Matcher found = PLACEHOLDER.matcher(value.text());
    while (found.find()) {
      String name = found.group(1);
      if (!MetricQueries.PLACEHOLDERS.contains(name)) {
        problems.addFirst(
            value.place(),
            value.where(),
            "nothing is known to put in for "
                + Names.quoted("$" + name)
                + ". "
                + Names.hint(name, MetricQueries.PLACEHOLDERS, "There are, after '$': "));
      }
    }
  }

  private SymptomLimits limits(Value at, SymptomLimits left) {
    SymptomLimits limits =
        new SymptomLimits(
            rate(at, "critical", left.critical()),
            rate(at, "high", left.high()),
            rate(at, "none", left.none()),
            fields.duration(at, "latency", left.latency()));
    boolean rise = limits.none() <= limits.high() && limits.high() <= limits.critical();
    if (!at.members().isEmpty() && !rise) {
      problems.addFirst(at.key(), at.where(), "none, high and critical rise, in that order");
    }
    return limits;
  }

  private double rate(Value at, String name, double left) {
    return at.member(name).isPresent() ? fields.number(at, name, 0) / 100.0 : left;
  }
}
