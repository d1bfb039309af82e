package dev.rollbook.catalog;

import dev.rollbook.Secret;
import dev.rollbook.local.Command;
import dev.rollbook.local.LocalEnvironment;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpCheck;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads an environment of kind local; defaults stand here and, for editors, in the schema. Whether
 * the repository exists and variables are set is asked when a run begins, not here.
 */
final class LocalFields {

  private static final Duration STOP_GRACE = Duration.ofSeconds(10);
  private static final Duration BUILD_WITHIN = Duration.ofMinutes(10);
  private static final Duration START_WITHIN = Duration.ofMinutes(3);
  private static final Pattern START_LINE = Pattern.compile("Started \\S+ in [0-9.,]+ seconds");
  private static final long FREE_DISK_BYTES = 500L << 20;
  private static final int HEALTHY_IN_A_ROW = 3;
  private static final Duration HEALTH_EVERY = Duration.ofSeconds(1);
  private static final Duration HEALTHY_WITHIN = Duration.ofMinutes(2);
  private static final Duration HEALTH_ANSWER_WITHIN = Duration.ofSeconds(3);
  private static final Duration CHECK_ANSWER_WITHIN = Duration.ofSeconds(5);

  private final Path folder;
  private final Problems problems;
  private final Fields fields;
  private final SecretFields secrets;

  LocalFields(Path folder, Map<String, String> environment, Problems problems) {
    this.folder = folder;
    this.problems = problems;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
  }

  LocalEnvironment read(Value at) {
    Path repository = fields.path(at, "repository", folder).orElse(folder);
    int port = fields.number(at, "port", 0);
    secrets.refuseElsewhere(at);
    Value start = part(at, "start");
    return new LocalEnvironment(
        repository,
        fields.text(at, "previousTag"),
        port,
        fields.duration(part(at, "stop"), "grace", STOP_GRACE),
        command(part(at, "build"), repository, BUILD_WITHIN),
        command(start, repository, START_WITHIN),
        fields.pattern(start, "line", START_LINE),
        fields.path(at, "log", repository),
        secrets.variables(at),
        fields.bytes(at, "freeDisk", FREE_DISK_BYTES),
        health(part(at, "health"), port),
        checks(at));
  }

  private Command command(Value at, Path repository, Duration otherwise) {
    List<Value> argv = part(at, "command").items();
    argv.stream()
        .filter(argument -> argument.text().indexOf('\0') >= 0)
        .forEach(
            argument ->
                problems.addFirst(
                    argument.place(), argument.where(), "holds the character U+0000"));
    return new Command(
        argv.stream().map(Value::text).toList(),
        fields.within(at, "directory", repository),
        fields.duration(at, "within", otherwise));
  }

  private HealthCheck health(Value at, int port) {
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

  private List<HttpCheck> checks(Value at) {
    Set<String> names = new HashSet<>();
    return part(at, "checks").items().stream().map(check -> check(check, names)).toList();
  }

  private HttpCheck check(Value at, Set<String> names) {
    Optional<String> name = fields.text(at, "name");
    if (name.isPresent() && !names.add(name.get())) {
      Value twice = part(at, "name");
      problems.addFirst(twice.place(), twice.where(), "another check has this name; change one");
    }
    Map<String, Secret> headers = secrets.headers(at);
    return new HttpCheck(
        name.orElse(""),
        fields.url(at, "url").orElse(URI.create("")),
        fields.number(at, "status", 200),
        fields.text(at, "pointer"),
        fields.text(at, "expected"),
        fields.duration(at, "answerWithin", CHECK_ANSWER_WITHIN),
        headers);
  }

  /** What stands there, or an empty mapping when nothing does. */
  private static Value part(Value at, String name) {
    return at.member(name).orElseGet(() -> Value.mapping(at.where(), at.key(), at.place()));
  }
}
