package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersion.Verdict;
import dev.rollbook.aftermath.HealthyVersionsFile;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An image that the service could go back to.
 *
 * @param names its tags; empty when all were moved away
 * @param created when it was built; builds that are reproducible say no more than a fixed date
 * @param verdict what an earlier rollback found out about it
 */
record ImageCandidate(
    String id,
    List<String> names,
    Instant created,
    long bytes,
    boolean runsNow,
    Optional<Verdict> verdict) {

  static final String OWN = "rollback/";

  /** The newest first, of every repository that the service's images have names in. */
  static List<ImageCandidate> all(
      DockerEngine engine,
      List<ServiceContainer> containers,
      HealthyVersionsFile versions,
      String service,
      String environment) {
    Set<String> running =
        containers.stream().map(ServiceContainer::image).collect(Collectors.toSet());
    Map<String, JsonNode> images = new LinkedHashMap<>();
    for (String repository : repositories(engine, containers)) {
      JsonNode found =
          engine.get(
              "/images/json?filters="
                  + DockerEngine.encoded("{\"reference\":[\"" + repository + "\"]}"));
      found.forEach(image -> images.putIfAbsent(image.path("Id").asText(), image));
    }
    return images.keySet().stream()
        .map(engine::findImage)
        .flatMap(Optional::stream)
        .map(
            image ->
                of(
                    image,
                    running,
                    versions.verdict(
                        service, environment, Version.image(image.path("Id").asText(), null))))
        .sorted(Comparator.comparing(ImageCandidate::created).reversed())
        .toList();
  }

  static ImageCandidate of(JsonNode image, Set<String> running, Optional<Verdict> verdict) {
    List<String> names = new ArrayList<>();
    image.path("RepoTags").forEach(name -> names.add(name.asText()));
    String id = image.path("Id").asText();
    String created = image.path("Created").asText("");
    return new ImageCandidate(
        id,
        names.stream().filter(name -> !name.startsWith("<none>")).toList(),
        created.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(created).toInstant(),
        image.path("Size").asLong(),
        running.contains(id),
        verdict);
  }

  /** Rollbook's own tags name images of any service: they tell no repository. */
  static Set<String> repositories(DockerEngine engine, List<ServiceContainer> containers) {
    Stream<String> named = containers.stream().map(ServiceContainer::reference);
    Stream<String> tagged =
        containers.stream()
            .map(container -> engine.findImage(container.image()))
            .flatMap(Optional::stream)
            .flatMap(image -> of(image, Set.of(), Optional.empty()).names().stream());
    return Stream.concat(named, tagged)
        .filter(name -> !name.startsWith(OWN) && !name.startsWith("sha256:"))
        .map(ImageCandidate::repository)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** {@code host:5000/team/shop:1.2@sha256:…} without tag and digest. */
  static String repository(String reference) {
    String name = reference.replaceFirst("@.*$", "");
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
  }

  /** The name that people know it by; null when it has none. */
  String label() {
    return names.stream()
        .filter(name -> !name.startsWith(OWN))
        .findFirst()
        .orElse(names.isEmpty() ? null : names.get(0));
  }

  Version version() {
    return Version.image(id, label());
  }

  boolean isHealthy() {
    return verdict.filter(Verdict.HEALTHY::equals).isPresent();
  }

  boolean isWithdrawn() {
    return verdict.filter(Verdict.WITHDRAWN::equals).isPresent();
  }

  /** One line of the runbook's {@code docker images | grep}. */
  String line() {
    return "%-50s %s  %s  %7.1f MB%s%s"
        .formatted(
            names.isEmpty() ? "<none>" : String.join(", ", names),
            id,
            created,
            bytes / 1e6,
            runsNow ? "  running now" : "",
            isHealthy() ? "  recorded healthy by us" : isWithdrawn() ? "  withdrawn by us" : "");
  }

  static String table(List<ImageCandidate> candidates) {
    return candidates.stream().map(ImageCandidate::line).collect(Collectors.joining("\n"));
  }
}
