package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One container of a Compose service as the engine tells it, found by its labels: names are
 * anybody's.
 */
record ServiceContainer(JsonNode inspect) {

  static final String LABEL = "com.docker.compose.";
  static final String PROJECT = LABEL + "project";
  static final String SERVICE = LABEL + "service";
  static final String ONE_OFF = LABEL + "oneoff";

  /** What v1, v2 and Rollbook call a container for as long as another one has its name. */
  private static final Pattern BORROWED = Pattern.compile("[0-9a-f]{12}_(.+)");

  /** All of the service, running or not, by number, the oldest first; no one-off ones. */
  static List<ServiceContainer> of(DockerEngine engine, String project, String service) {
    return labelled(engine, PROJECT + "=" + project, SERVICE + "=" + service);
  }

  static List<ServiceContainer> of(DockerEngine engine, ComposePin pin) {
    return of(engine, pin.project(), pin.service());
  }

  static List<ServiceContainer> ofProject(DockerEngine engine, String project) {
    return labelled(engine, PROJECT + "=" + project);
  }

  private static List<ServiceContainer> labelled(DockerEngine engine, String... labels) {
    var filters = Payloads.mapper().createObjectNode();
    var wanted = filters.putArray("label").add(ONE_OFF + "=False");
    List.of(labels).forEach(wanted::add);
    List<ServiceContainer> found = new ArrayList<>();
    engine
        .get("/containers/json?all=1&filters=" + DockerEngine.encoded(filters.toString()))
        .forEach(
            each ->
                engine
                    .findContainer(each.path("Id").asText())
                    .map(ServiceContainer::new)
                    .ifPresent(found::add));
    found.sort(
        Comparator.comparingInt(ServiceContainer::number)
            .thenComparing(each -> each.inspect.path("Created").asText()));
    return found;
  }

  String id() {
    return inspect.path("Id").asText();
  }

  String shortId() {
    return id().substring(0, 12);
  }

  String name() {
    return inspect.path("Name").asText().replaceFirst("^/", "");
  }

  /** The name that is the container's by right. */
  String properName() {
    Matcher borrowed = BORROWED.matcher(name());
    return borrowed.matches() ? borrowed.group(1) : name();
  }

  boolean isProperlyNamed() {
    return name().equals(properName());
  }

  /** Compose's own count, from 1. */
  int number() {
    return label("container-number")
        .filter(it -> it.matches("\\d{1,6}"))
        .map(Integer::parseInt)
        .orElse(1);
  }

  String project() {
    return label("project").orElse("");
  }

  String service() {
    return label("service").orElse("");
  }

  /**
   * @param name without {@code com.docker.compose.}
   */
  Optional<String> label(String name) {
    return Optional.ofNullable(inspect.path("Config").path("Labels").path(LABEL + name).textValue())
        .filter(value -> !value.isBlank());
  }

  /** The ID of the image that it really runs, whatever its tag means by now. */
  String image() {
    return inspect.path("Image").asText();
  }

  /** The image as the compose file named it: {@code shop:latest}. */
  String reference() {
    return inspect.path("Config").path("Image").asText();
  }

  /** The engine's word: created, running, paused, restarting, exited, dead. */
  String status() {
    return inspect.path("State").path("Status").asText();
  }

  /** Running, and healthy where it has a check of its own. */
  boolean isWell() {
    return isRunning() && (health().isEmpty() || health().equals("healthy"));
  }

  /** Also one that waits to be started again, or is paused, is up. */
  boolean isUp() {
    return state("Running") || state("Restarting") || state("Paused");
  }

  boolean isRunning() {
    return state("Running") && !state("Restarting");
  }

  /** Empty when the engine says it in no form that is known. */
  Optional<Instant> created() {
    try {
      return Optional.of(Instant.parse(inspect.path("Created").asText()));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  boolean wasStarted() {
    return !startedAt().startsWith("0001-");
  }

  String startedAt() {
    return inspect.path("State").path("StartedAt").asText("0001-");
  }

  int exitCode() {
    return inspect.path("State").path("ExitCode").asInt();
  }

  boolean wasOutOfMemory() {
    return state("OOMKilled");
  }

  /**
   * {@code starting}, {@code healthy}, {@code unhealthy}; empty without a health check. Newer
   * engines spell one that was switched off "none".
   */
  String health() {
    String health = inspect.path("State").path("Health").path("Status").asText("");
    return health.equals("none") ? "" : health;
  }

  /** From asking to killing; empty when it was created without one. */
  Optional<Duration> stopTimeout() {
    JsonNode seconds = inspect.path("Config").path("StopTimeout");
    return seconds.isNumber()
        ? Optional.of(Duration.ofSeconds(seconds.asLong()))
        : Optional.empty();
  }

  /** A setting of the container's {@code HostConfig}; empty when it has none. */
  String host(String setting) {
    return inspect.path("HostConfig").path(setting).asText("");
  }

  boolean isRemovedWhenItEnds() {
    return inspect.path("HostConfig").path("AutoRemove").asBoolean();
  }

  /** Its name: no, on-failure, unless-stopped, always. */
  String restarts() {
    String name = restartPolicy().path("Name").asText("");
    return name.isEmpty() ? "no" : name;
  }

  /** Whatever its exit code. */
  boolean isRestartedByTheEngine() {
    return restarts().equals("always") || restarts().equals("unless-stopped");
  }

  JsonNode restartPolicy() {
    return inspect.path("HostConfig").path("RestartPolicy");
  }

  String describe() {
    return name() + " (" + shortId() + ")";
  }

  private boolean state(String name) {
    return inspect.path("State").path(name).asBoolean();
  }
}
