package dev.rollbook.compose;

import dev.rollbook.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is to be known of a service's containers before they are replaced. */
final class ContainerFindings {

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

  private List<Finding> ending(ServiceContainer container) {
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
        Finding.ok("restart policy", container.name() + ": " + policy + whatItMeans(policy)));
    return findings;
  }

  private String whatItMeans(String policy) {
    return switch (policy) {
      case "no", "on-failure" ->
          "; it does not come back by itself when the engine restarts, as before";
      case "unless-stopped" ->
          "; a stop by Rollbook is not undone by it; it comes back when the engine restarts"
              + (livesWithoutEngine()
                  ? ""
                  : ", but may stay down when the engine's process alone was killed ('kill -9'),"
                      + " rolled back or not: then 'docker start', or 'always' beforehand");
      default -> "; a stop by Rollbook is not undone by it; it comes back when the engine restarts";
    };
  }

  private boolean livesWithoutEngine() {
    return engine.get("/info").path("LiveRestoreEnabled").asBoolean();
  }

  private static List<Finding> sharing(ServiceContainer container) {
    return NamespaceSharers.NAMESPACES.stream()
        .filter(setting -> container.host(setting).startsWith(NamespaceSharers.OF))
        .map(
            setting ->
                Finding.warning(
                    "shared namespaces",
                    container.name()
                        + " uses the "
                        + NamespaceSharers.word(setting)
                        + " of "
                        + container.host(setting).substring(NamespaceSharers.OF.length())
                        + ", which must run when it is created anew"))
        .toList();
  }

  /** They hold the ID of a container that is about to go. */
  private List<Finding> sharers() {
    List<String> ours =
        containers.stream().flatMap(own -> Stream.of(own.id(), own.name())).toList();
    return new NamespaceSharers(engine)
        .of(ours).stream()
            .map(
                sharer ->
                    Finding.warning(
                        "shared namespaces",
                        "%s uses the %s of %s and loses it with that container; create it anew afterwards%s"
                            .formatted(
                                sharer.container().name(),
                                sharer.namespace(),
                                nameOf(sharer.owner()),
                                sharer.remedy())))
            .toList();
  }

  private String nameOf(String owner) {
    return containers.stream()
        .filter(own -> own.id().equals(owner))
        .map(ServiceContainer::name)
        .findFirst()
        .orElse(owner);
  }

  static String shortId(String image) {
    String digits = image.replaceFirst("^sha256:", "");
    return digits.substring(0, Math.min(12, digits.length()));
  }
}
