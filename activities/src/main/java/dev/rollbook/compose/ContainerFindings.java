package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What is to be known of a service's containers before they are replaced. */
final class ContainerFindings {

  private static final String WITH = "container:";

  private final DockerEngine engine;
  private final List<ServiceContainer> containers;

  ContainerFindings(DockerEngine engine, List<ServiceContainer> containers) {
    this.engine = engine;
    this.containers = containers;
  }

  List<Finding> all() {
    List<Finding> findings = new ArrayList<>();
    findings.add(states());
    images().ifPresent(findings::add);
    for (ServiceContainer container : containers) {
      findings.addAll(halfway(container));
      findings.addAll(ending(container));
      findings.addAll(sharing(container));
    }
    findings.addAll(sharers());
    return findings;
  }

  private Finding states() {
    String each =
        containers.stream()
            .map(it -> it.name() + " " + it.status() + " (" + shortId(it.image()) + ")")
            .collect(Collectors.joining(", "));
    String text = containers.size() + " container(s): " + each;
    return containers.stream().allMatch(ServiceContainer::isRunning)
        ? Finding.ok("containers", text)
        : Finding.warning("containers", text);
  }

  private Optional<Finding> images() {
    return containers.stream().map(ServiceContainer::image).distinct().count() < 2
        ? Optional.empty()
        : Optional.of(
            Finding.warning(
                "containers", "they run different images; all of them go to the target"));
  }

  private static List<Finding> halfway(ServiceContainer container) {
    List<Finding> findings = new ArrayList<>();
    if (!container.isProperlyNamed()) {
      findings.add(
          Finding.warning(
              "containers",
              container.name()
                  + " was left by a recreate that was cut off; it is replaced with the others"));
    }
    if (container.label("config-hash").isEmpty()) {
      findings.add(
          Finding.warning(
              "containers",
              container.name()
                  + " has no label com.docker.compose.config-hash: Compose v2 does not see it, and its next 'up' will stumble over the name"));
    }
    return findings;
  }

  private static List<Finding> ending(ServiceContainer container) {
    List<Finding> findings = new ArrayList<>();
    if (container.isRemovedWhenItEnds()) {
      findings.add(
          Finding.warning(
              "containers",
              container.name()
                  + " is removed by the engine as soon as it stops (AutoRemove); what it takes to create it anew is kept before"));
    }
    String policy = container.restarts();
    findings.add(
        Finding.ok(
            "restart policy",
            container.name()
                + ": "
                + policy
                + (policy.equals("no") || policy.equals("on-failure")
                    ? "; it does not come back by itself when the engine restarts, as before"
                    : "; a stop by Rollbook is not undone by it")));
    return findings;
  }

  private static List<Finding> sharing(ServiceContainer container) {
    return ServiceContainer.SHARED.stream()
        .filter(setting -> container.host(setting).startsWith(WITH))
        .map(
            setting ->
                Finding.warning(
                    "shared namespaces",
                    container.name()
                        + " uses the "
                        + word(setting)
                        + " of "
                        + container.host(setting).substring(WITH.length())
                        + ", which must run when it is created anew"))
        .toList();
  }

  /** They hold the ID of a container that is about to go. */
  private List<Finding> sharers() {
    JsonNode all = engine.get("/containers/json?all=1");
    return StreamSupport.stream(all.spliterator(), false)
        .map(each -> each.path("Id").asText())
        .filter(id -> containers.stream().noneMatch(own -> own.id().equals(id)))
        .map(engine::findContainer)
        .flatMap(Optional::stream)
        .map(ServiceContainer::new)
        .flatMap(this::sharer)
        .toList();
  }

  private Stream<Finding> sharer(ServiceContainer other) {
    return ServiceContainer.SHARED.stream()
        .flatMap(
            setting ->
                containers.stream()
                    .filter(own -> isOf(own, other.host(setting)))
                    .map(
                        own ->
                            Finding.warning(
                                "shared namespaces",
                                "%s uses the %s of %s and loses it with that container; create it anew afterwards%s"
                                    .formatted(
                                        other.name(),
                                        word(setting),
                                        own.name(),
                                        other
                                            .label("service")
                                            .map(
                                                service ->
                                                    " ('docker compose up -d --no-deps --force-recreate "
                                                        + service
                                                        + "')")
                                            .orElse("")))));
  }

  private static boolean isOf(ServiceContainer own, String mode) {
    return mode.equals(WITH + own.id()) || mode.equals(WITH + own.name());
  }

  private static String word(String setting) {
    return switch (setting) {
      case "NetworkMode" -> "network";
      case "IpcMode" -> "shared memory";
      default -> "processes";
    };
  }

  static String shortId(String image) {
    String digits = image.replaceFirst("^sha256:", "");
    return digits.substring(0, Math.min(12, digits.length()));
  }
}
