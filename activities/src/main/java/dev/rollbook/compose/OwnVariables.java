package dev.rollbook.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The names of the variables that a service's compose files set. Where a value is the image's
 * default too, a container does not tell whether it was asked for.
 */
final class OwnVariables {

  private final ComposePin pin;
  private final Set<String> names = new HashSet<>();

  private OwnVariables(ComposePin pin) {
    this.pin = pin;
  }

  /** What cannot be read says nothing. */
  static Set<String> of(ComposePin pin) {
    OwnVariables variables = new OwnVariables(pin);
    pin.files().stream().map(Path::of).forEach(variables::read);
    return variables.names;
  }

  private void read(Path file) {
    try {
      Object root = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
      if (root instanceof Map<?, ?> project
          && project.get("services") instanceof Map<?, ?> services) {
        service(services.get(pin.service()));
      }
    } catch (IOException | YamlEngineException e) {
      // without Compose, and without its files: by value is all that can be told
    }
  }

  private void service(Object section) {
    if (section instanceof Map<?, ?> service) {
      service(service.get("<<"));
      variables(service.get("environment"));
      files(service.get("env_file"));
    } else if (section instanceof List<?> several) {
      several.forEach(this::service);
    }
  }

  private void variables(Object environment) {
    if (environment instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            if ("<<".equals(name)) {
              variables(value);
            } else {
              names.add(String.valueOf(name));
            }
          });
    } else if (environment instanceof List<?> list) {
      list.forEach(
          each -> {
            if (each instanceof Map<?, ?>) {
              variables(each); // of a merge
            } else {
              names.add(name(String.valueOf(each)));
            }
          });
    }
  }

  private void files(Object named) {
    if (named instanceof List<?> several) {
      several.forEach(this::files);
    } else if (named instanceof Map<?, ?> details) {
      files(details.get("path"));
    } else if (named != null) {
      try (var lines = Files.lines(Path.of(pin.directory()).resolve(String.valueOf(named)))) {
        lines
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .forEach(line -> names.add(name(line.replaceFirst("^export\\s+", ""))));
      } catch (IOException | RuntimeException e) {
        // as for the files themselves
      }
    }
  }

  private static String name(String assignment) {
    return assignment.replaceFirst("(?s)\\s*=.*", "");
  }
}
