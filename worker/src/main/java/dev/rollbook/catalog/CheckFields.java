package dev.rollbook.catalog;

import dev.rollbook.Secret;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpCheck;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads what proves a service healthy, which is the same in every kind of environment. */
final class CheckFields {

  static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

  private static final int HEALTHY_IN_A_ROW = 3;
  private static final Duration HEALTH_EVERY = Duration.ofSeconds(1);
  private static final Duration HEALTHY_WITHIN = Duration.ofMinutes(2);
  private static final Duration HEALTH_ANSWER_WITHIN = Duration.ofSeconds(3);

  private final Problems problems;
  private final Fields fields;
  private final SecretFields secrets;

  CheckFields(Problems problems, Fields fields, SecretFields secrets) {
    this.problems = problems;
    this.fields = fields;
    this.secrets = secrets;
  }

  /**
   * @param port of the usual URL
   */
  HealthCheck health(Value at, int port) {
    URI usual = URI.create("http://localhost:" + port + "/actuator/health");
    int inARow = fields.number(at, "inARow", HEALTHY_IN_A_ROW);
    Duration every = fields.duration(at, "every", HEALTH_EVERY);
    Duration within = fields.duration(at, "within", HEALTHY_WITHIN);
    if (every.multipliedBy(Math.max(0, inARow - 1)).compareTo(within) > 0) {
      problems.addFirst(
          at.key(), at.where(), "asking so many times in a row takes longer than 'within' allows");
    }
    return new HealthCheck(
        fields.url(at, "url").orElse(usual),
        inARow,
        every,
        within,
        fields.duration(at, "answerWithin", HEALTH_ANSWER_WITHIN),
        secrets.headers(at));
  }

  List<HttpCheck> checks(Value at) {
    Set<String> names = new HashSet<>();
    return at.part("checks").items().stream().map(check -> check(check, names)).toList();
  }

  private HttpCheck check(Value at, Set<String> names) {
    Optional<String> name = fields.text(at, "name");
    if (name.isPresent() && !names.add(name.get())) {
      Value twice = at.part("name");
      problems.addFirst(twice.place(), twice.where(), "another check has this name; change one");
    }
    Map<String, Secret> headers = secrets.headers(at);
    return new HttpCheck(
        name.orElse(""),
        fields.url(at, "url").orElse(URI.create("")),
        fields.number(at, "status", 200),
        fields.text(at, "pointer"),
        fields.text(at, "expected"),
        fields.duration(at, "answerWithin", ANSWER_WITHIN),
        headers);
  }
}
