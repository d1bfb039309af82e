package dev.rollbook.compose;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Both of Compose's generations, as they are installed for tests. */
public enum ComposeCli {
  V1(Path.of("/usr/bin/docker-compose")),
  V2(engines().resolve("bin/docker-compose"));

  private final Path program;

  ComposeCli(Path program) {
    this.program = program;
  }

  /** Where it is missing, the test ends here. */
  public String program() {
    if (!Files.isExecutable(program)) {
      String missing = "no Compose " + this + " at " + program + "; see dev/engines";
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(missing);
      }
      abort(missing);
    }
    return program.toString();
  }

  private static Path engines() {
    Map<String, String> variables = System.getenv();
    return Path.of(
        variables.getOrDefault(
            "ROLLBOOK_ENGINES",
            Path.of(System.getProperty("user.home"), ".cache/rollbook/engines").toString()));
  }
}
