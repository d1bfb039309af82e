package dev.rollbook.catalog;

import dev.rollbook.compose.ComposeEnvironment;
import dev.rollbook.compose.ComposeEnvironment.Dependency;
import dev.rollbook.compose.ComposeEnvironment.Rebuild;
import dev.rollbook.compose.ComposePin;
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
import java.util.stream.Stream;

/**
 * Reads an environment of kind compose; defaults stand here and, for editors, in the schema.
 * Whether engine, project and images exist is asked when a run begins, not here.
 */
final class ComposeFields {

  static final List<Pattern> ERRORS = List.of(Pattern.compile("APPLICATION FAILED TO START"));

  private final Path folder;
  private final Problems problems;
  private final Fields fields;
  private final SecretFields secrets;
  private final CheckFields checks;

  ComposeFields(Path folder, Map<String, String> environment, Problems problems) {
    this.folder = folder;
    this.problems = problems;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
    this.checks = new CheckFields(problems, fields, secrets);
  }

  /**
   * @param service its name in the catalog
   */
  ComposeEnvironment read(String service, Value at) {
    secrets.refuseElsewhere(at);
    Value start = at.part("start");
    return new ComposeEnvironment(
        fields.engine(at, "engine"),
        fields.text(at, "project"),
        fields.text(at, "composeService").orElse(service),
        fields.choice(at, "pin", ComposePin.Pin.EDIT),
        fields.text(at, "previousTag"),
        at.member("rebuild").map(this::rebuild),
        fields.duration(at.part("stop"), "grace"),
        fields.duration(start, "within", LocalFields.START_WITHIN),
        fields.pattern(start, "line", LocalFields.START_LINE),
        fields.patterns(start, "errors", ERRORS),
        secrets.variables(at),
        checks.health(at.part("health"), fields.number(at, "port", 0)),
        checks.checks(at),
        dependencies(at),
        fields.duration(at.part("stackRestart"), "askWithin", Duration.ZERO));
  }

  private Rebuild rebuild(Value at) {
    Path repository = fields.path(at, "repository", folder).orElse(folder);
    return new Rebuild(
        repository,
        fields.command(at, repository, LocalFields.BUILD_WITHIN),
        fields.text(at, "image").orElse(""));
  }

  private List<Dependency> dependencies(Value at) {
    Set<String> names = new HashSet<>();
    return at.part("dependencies").items().stream().map(one -> dependency(one, names)).toList();
  }

  private Dependency dependency(Value at, Set<String> names) {
    String name = fields.text(at, "name").orElse("");
    if (!name.isEmpty() && !names.add(name)) {
      Value twice = at.part("name");
      problems.addFirst(
          twice.place(), twice.where(), "another dependency has this name; change one");
    }
    long ways = Stream.of("url", "tcp", "service").filter(at.members()::containsKey).count();
    if (ways != 1) {
      problems.addFirst(
          at.place(),
          at.where(),
          (ways == 0 ? "write" : "keep") + " one of 'url', 'tcp' and 'service'");
    }
    return new Dependency(
        name,
        fields.url(at, "url").map(url -> answers(name, url)),
        fields.text(at, "tcp"),
        fields.text(at, "service"),
        at.part("database").json().asBoolean(false));
  }

  private static HttpCheck answers(String name, URI url) {
    return new HttpCheck(
        name, url, 200, Optional.empty(), Optional.empty(), CheckFields.ANSWER_WITHIN, Map.of());
  }
}
