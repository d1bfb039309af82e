package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Finding;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.compose.EngineFailure.Refused;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which image to go back to: the given one, else the last recorded healthy by us, else that of a
 * rollback which was begun and did not prove healthy, else the configured tag, else the newest
 * older image of the same repository.
 */
final class ImageChoice {

  private static final Pattern SHORT_ID = Pattern.compile("(?:sha256:)?[0-9a-f]{4,64}");
  private static final int SHOWN = 200;

  private final DockerEngine engine;
  private final HealthyVersionsFile versions;
  private final Set<String> repositories;
  private final List<ImageCandidate> candidates;
  private final Version current;
  private final List<Finding> findings = new ArrayList<>();
  private boolean isHopeless;

  /**
   * @param current what runs now, and is bad
   */
  ImageChoice(
      DockerEngine engine,
      HealthyVersionsFile versions,
      Set<String> repositories,
      List<ImageCandidate> candidates,
      Version current) {
    this.engine = engine;
    this.versions = versions;
    this.repositories = repositories;
    this.candidates = candidates;
    this.current = current;
  }

  /** Why this target, or why none. */
  List<Finding> findings() {
    return findings;
  }

  /** Nothing found, and that is an answer: no other way is to be tried. */
  boolean isHopeless() {
    return isHopeless;
  }

  Optional<Version> choose(
      String service, String environment, String to, Optional<String> previousTag) {
    if (to != null && !to.isBlank()) {
      return given(to.strip());
    }
    Optional<Version> healthy =
        versions
            .lastHealthy(service, environment)
            .filter(version -> version.kind() == Version.Kind.IMAGE);
    if (healthy.isPresent() && exists(healthy.get())) {
      return chosen(healthy.get().id(), "the last image recorded healthy; --to goes elsewhere");
    }
    if (versions.targetOfLastWithdrawal(service, environment, current).isPresent()) {
      return chosen(
          current.id(),
          "it runs the target of an earlier rollback that did not prove healthy: tried again; --to goes further back");
    }
    Optional<Version> tagged = previousTag.flatMap(this::tagged);
    return tagged.isPresent() ? tagged : newestOlder();
  }

  private Optional<Version> given(String to) {
    Map<String, String> meanings = new LinkedHashMap<>();
    for (String reference : references(to)) {
      find(reference).ifPresent(image -> meanings.put(image.path("Id").asText(), reference));
    }
    if (meanings.size() == 1) {
      String id = meanings.keySet().iterator().next();
      return chosen(id, "as asked: " + shown(to));
    }
    isHopeless = true;
    findings.add(
        Finding.blocker(
            "target",
            meanings.isEmpty()
                ? "there is no image '%s' on the engine; there are:\n%s"
                    .formatted(shown(to), table())
                : "'%s' may mean %s; say it in full. There are:\n%s"
                    .formatted(shown(to), meanings, table())));
    return Optional.empty();
  }

  /** A name without a colon is a tag here, never another repository's {@code latest}. */
  private List<String> references(String to) {
    List<String> references = new ArrayList<>();
    if (to.startsWith("sha256:")) {
      repositories.forEach(repository -> references.add(repository + "@" + to));
    } else if (to.contains(":") || to.contains("@") || to.contains("/")) {
      references.add(to);
    } else {
      repositories.forEach(repository -> references.add(repository + ":" + to));
    }
    if (SHORT_ID.matcher(to).matches()) {
      references.add(to);
    }
    return references;
  }

  /** What is no reference at all is refused by the engine, as is a short ID of two images. */
  private Optional<JsonNode> find(String reference) {
    try {
      return engine.findImage(reference);
    } catch (Refused e) {
      findings.add(Finding.warning("target", reference + ": " + e.getMessage()));
      return Optional.empty();
    }
  }

  private boolean exists(Version version) {
    if (engine.findImage(version.id()).isPresent()) {
      return true;
    }
    findings.add(
        Finding.warning(
            "target",
            "the last image recorded healthy, "
                + version.describe()
                + ", is not on the engine any more"));
    return false;
  }

  private Optional<Version> tagged(String tag) {
    for (String repository : repositories) {
      String reference = repository + ":" + tag;
      Optional<JsonNode> image = find(reference);
      if (image.isPresent()) {
        String id = image.get().path("Id").asText();
        if (!id.equals(current.id())) {
          return chosen(id, "the configured tag '" + tag + "'");
        }
        findings.add(
            Finding.warning(
                "target", reference + " is the very image that runs now, so it is no target"));
        return Optional.empty();
      }
    }
    findings.add(Finding.warning("target", "the configured tag '" + tag + "' does not exist"));
    return Optional.empty();
  }

  /** Two images of one age leave no telling which was the last good one. */
  private Optional<Version> newestOlder() {
    Optional<ImageCandidate> running =
        candidates.stream().filter(each -> each.id().equals(current.id())).findFirst();
    List<ImageCandidate> older =
        candidates.stream()
            .filter(each -> !each.runsNow() && !each.isWithdrawn())
            .filter(each -> running.isEmpty() || !each.created().isAfter(running.get().created()))
            .toList();
    if (older.isEmpty()) {
      return Optional.empty();
    }
    ImageCandidate newest = older.get(0);
    boolean tied =
        older.stream().filter(each -> each.created().equals(newest.created())).count() > 1
            || running.filter(it -> it.created().equals(newest.created())).isPresent();
    if (tied && (older.size() > 1)) {
      isHopeless = true;
      findings.add(
          Finding.blocker(
              "target",
              "several images are equally old, so there is no telling which was the last good one; pass --to. There are:\n"
                  + table()));
      return Optional.empty();
    }
    return chosen(newest.id(), "the newest older image, since none is recorded healthy yet");
  }

  private Optional<Version> chosen(String id, String why) {
    Version target =
        ImageCandidate.of(engine.inspectImage(id), Set.of(), Optional.empty()).version();
    String label = target.label();
    boolean foreign =
        label != null
            && !label.startsWith(ImageCandidate.OWN)
            && !repositories.isEmpty()
            && !repositories.contains(ImageCandidate.repository(label));
    findings.add(
        foreign
            ? Finding.warning(
                "target",
                target.describe()
                    + ": "
                    + why
                    + "; it is of another repository than "
                    + repositories)
            : Finding.ok("target", target.describe() + ": " + why));
    return Optional.of(target);
  }

  private String table() {
    return candidates.isEmpty() ? "(none)" : ImageCandidate.table(candidates);
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
