package dev.rollbook.catalog;

import dev.rollbook.local.LocalEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads an environment of kind local; defaults stand here and, for editors, in the schema. Whether
 * the repository exists and variables are set is asked when a run begins, not here.
 */
final class LocalFields {

  private static final Duration STOP_GRACE = Duration.ofSeconds(10);
  static final Duration BUILD_WITHIN = Duration.ofMinutes(10);
  static final Duration START_WITHIN = Duration.ofMinutes(3);
  static final Pattern START_LINE = Pattern.compile("Started \\S+ in [0-9.,]+ seconds");
  private static final long FREE_DISK_BYTES = 500L << 20;

  private final Path folder;
  private final Fields fields;
  private final SecretFields secrets;
  private final CheckFields checks;

  LocalFields(Path folder, Map<String, String> environment, Problems problems) {
    this.folder = folder;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
    this.checks = new CheckFields(problems, fields, secrets);
  }

  LocalEnvironment read(Value at) {
    Path repository = fields.path(at, "repository", folder).orElse(folder);
    int port = fields.number(at, "port", 0);
    secrets.refuseElsewhere(at);
    Value start = at.part("start");
    return new LocalEnvironment(
        repository,
        fields.text(at, "previousTag"),
        port,
        fields.duration(at.part("stop"), "grace", STOP_GRACE),
        fields.command(at.part("build"), repository, BUILD_WITHIN),
        fields.command(start, repository, START_WITHIN),
        fields.pattern(start, "line", START_LINE),
        fields.path(at, "log", repository),
        secrets.variables(at),
        fields.bytes(at, "freeDisk", FREE_DISK_BYTES),
        checks.health(at.part("health"), port),
        checks.checks(at));
  }
}
