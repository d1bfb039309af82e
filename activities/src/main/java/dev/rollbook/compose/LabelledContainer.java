package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A container of a Compose project, known by its labels; names say nothing.
 *
 * @param inspect the engine's own JSON
 */
record LabelledContainer(JsonNode inspect) {

  static final String PROJECT = "com.docker.compose.project";
  static final String SERVICE = "com.docker.compose.service";
  static final String ONE_OFF = "com.docker.compose.oneoff";

  private static final String PREFIX = "com.docker.compose.";

  /** How both generations of Compose name a container in the middle of a recreate. */
  private static final Pattern HALFWAY = Pattern.compile("[0-9a-f]{12}_.+");

  String id() {
    return inspect.path("Id").asText();
  }

  String name() {
    return inspect.path("Name").asText().replaceFirst("^/", "");
  }

  /**
   * @param name without {@code com.docker.compose.}
   */
  Optional<String> label(String name) {
    return Optional.ofNullable(
            inspect.path("Config").path("Labels").path(PREFIX + name).textValue())
        .filter(value -> !value.isBlank());
  }

  String project() {
    return label("project").orElse("");
  }

  /** Compose's own count, from 1. */
  int number() {
    return label("container-number")
        .filter(it -> it.matches("\\d{1,6}"))
        .map(Integer::parseInt)
        .orElse(1);
  }

  /** The ID of the image that it really runs, whatever the tag means by now. */
  String image() {
    return inspect.path("Image").asText();
  }

  /** The image as the compose file named it: {@code shop:latest}. */
  String reference() {
    return inspect.path("Config").path("Image").asText();
  }

  String state() {
    return inspect.path("State").path("Status").asText();
  }

  boolean isRunning() {
    return state().equals("running");
  }

  /** Running, and healthy where it has a check of its own. */
  boolean isWell() {
    String health = inspect.path("State").path("Health").path("Status").asText("");
    return isRunning() && (health.isEmpty() || health.equals("none") || health.equals("healthy"));
  }

  boolean wasLeftHalfway() {
    return HALFWAY.matcher(name()).matches();
  }

  String host(String setting) {
    return inspect.path("HostConfig").path(setting).asText("");
  }

  String restartPolicy() {
    String name = inspect.path("HostConfig").path("RestartPolicy").path("Name").asText("");
    return name.isEmpty() ? "no" : name;
  }

  boolean isRemovedWhenItEnds() {
    return inspect.path("HostConfig").path("AutoRemove").asBoolean();
  }
}
