package dev.rollbook.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What a service's compose files set themselves of all that an image may bring too. Where a value
 * is the image's default as well, a container does not tell whether it was asked for.
 *
 * @param keys of the service that say something: {@code user}
 * @param check keys of its {@code healthcheck}
 * @param ports of {@code expose}, with their protocol
 */
record OwnSettings(
    Set<String> keys,
    Set<String> variables,
    Set<String> labels,
    Set<String> check,
    Set<String> ports) {

  static final OwnSettings NONE = new OwnSettings(Set.of(), Set.of(), Set.of(), Set.of(), Set.of());

  /** What cannot be read says nothing. */
  static OwnSettings of(ComposePin pin) {
    OwnSettings settings =
        new OwnSettings(
            new HashSet<>(), new HashSet<>(), new HashSet<>(), new HashSet<>(), new HashSet<>());
    pin.files().stream().map(Path::of).forEach(file -> settings.read(file, pin));
    return settings;
  }

  private void read(Path file, ComposePin pin) {
    try {
      Object root = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
      if (root instanceof Map<?, ?> project
          && project.get("services") instanceof Map<?, ?> services) {
        service(services.get(pin.service()), Path.of(pin.directory()));
      }
    } catch (IOException | YamlEngineException e) {
      // without Compose, and without its files: by value is all that can be told
    }
  }

  private void service(Object section, Path directory) {
    if (section instanceof Map<?, ?> service) {
      service(service.get("<<"), directory);
      service.forEach(
          (key, value) -> {
            if (value != null && !String.valueOf(value).isBlank()) {
              keys.add(String.valueOf(key));
            }
          });
      names(service.get("environment"), variables::add);
      names(service.get("labels"), labels::add);
      names(service.get("healthcheck"), check::add);
      names(service.get("expose"), port -> ports.add(port.contains("/") ? port : port + "/tcp"));
      files(service.get("env_file"), directory);
    } else if (section instanceof List<?> several) {
      several.forEach(each -> service(each, directory));
    }
  }

  /** Of a map, of a list of assignments, and of what is merged into them. */
  private static void names(Object section, Consumer<String> names) {
    if (section instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            if ("<<".equals(name)) {
              names(value, names);
            } else {
              names.accept(String.valueOf(name));
            }
          });
    } else if (section instanceof List<?> list) {
      list.forEach(
          each -> {
            if (each instanceof Map<?, ?>) {
              names(each, names); // of a merge
            } else {
              names.accept(name(String.valueOf(each)));
            }
          });
    }
  }

  private void files(Object named, Path directory) {
    if (named instanceof List<?> several) {
      several.forEach(each -> files(each, directory));
    } else if (named instanceof Map<?, ?> details) {
      files(details.get("path"), directory);
    } else if (named != null) {
      try (var lines = Files.lines(directory.resolve(String.valueOf(named)))) {
        lines
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .forEach(line -> variables.add(name(line.replaceFirst("^export\\s+", ""))));
      } catch (IOException | RuntimeException e) {
        // as for the files themselves
      }
    }
  }

  private static String name(String assignment) {
    return assignment.replaceFirst("(?s)\\s*=.*", "");
  }
}
