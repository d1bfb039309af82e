package dev.rollbook.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What Compose itself makes of the changed files: asked with a copy that lies beside the real one,
 * so that everything relative is found alike. It is asked about the files as they are and as they
 * would be side by side.
 */
final class ConfigCheck implements AutoCloseable {

  private final ComposeFiles project;
  private final String service;
  private final Runnable whileWaiting;
  private final List<ComposeCommand> validators;
  private final AskedConfig asItIs;
  private Optional<ComposePin.Accepted> remembered = Optional.empty();

  /**
   * Begins to ask all of them about the project as it is.
   *
   * @param whileWaiting called at least every second, by several threads
   */
  ConfigCheck(
      ComposeFiles project,
      String service,
      List<ComposeCommand> validators,
      Runnable whileWaiting) {
    this.project = project;
    this.service = service;
    this.validators = List.copyOf(validators);
    this.whileWaiting = whileWaiting;
    this.asItIs = new AskedConfig(project, validators, whileWaiting);
  }

  /** Of files that are still what they were when Compose took them: nobody is asked again. */
  static ConfigCheck remembered(
      ComposeFiles project, String service, ComposePin.Accepted accepted) {
    ConfigCheck check = new ConfigCheck(project, service, List.of(), () -> {});
    check.remembered = Optional.of(accepted);
    return check;
  }

  /** Why no Compose takes the project as it is; empty when one does, or none is here. */
  Optional<String> refusal() throws IOException {
    return accepted().isEmpty() && !validators.isEmpty()
        ? Optional.of(String.join("; ", refusals()))
        : Optional.empty();
  }

  private Map<ComposeCommand, Map<?, ?>> accepted() throws IOException {
    Map<ComposeCommand, Map<?, ?>> accepted = new LinkedHashMap<>();
    for (ComposeCommand compose : validators) {
      try {
        accepted.put(compose, asItIs.of(compose));
      } catch (ComposeFailed e) {
        // among the refusals
      }
    }
    return accepted;
  }

  private List<String> refusals() throws IOException {
    List<String> refusals = new ArrayList<>();
    for (ComposeCommand compose : validators) {
      try {
        asItIs.of(compose);
      } catch (ComposeFailed e) {
        refusals.add(e.getMessage());
      }
    }
    return refusals;
  }

  /** Also one that an included file defines. */
  boolean knowsTheService() throws IOException {
    return remembered.isPresent()
        || accepted().values().stream().anyMatch(config -> !service(config).isEmpty());
  }

  /** As Compose itself reads the files as they are; empty when it was not asked. */
  Optional<String> image() throws IOException {
    return accepted().values().stream()
        .map(config -> service(config).get("image"))
        .filter(String.class::isInstance)
        .map(String.class::cast)
        .findFirst();
  }

  /** Whether the build section can be taken away: no v1 that reads the project is about. */
  boolean isV2Only() throws IOException {
    if (remembered.isPresent()) {
      return remembered.get().resetsBuild();
    }
    Set<ComposeCommand> readers = accepted().keySet();
    return !readers.isEmpty()
        && readers.stream()
            .allMatch(compose -> compose.generation() == ComposeCommand.Generation.V2);
  }

  /** Who accepted it, in words. */
  String describe() throws IOException {
    if (remembered.isPresent()) {
      return remembered.get().by() + ", when planned";
    }
    Map<ComposeCommand, Map<?, ?>> accepted = accepted();
    return accepted.isEmpty()
        ? "no Compose on this machine: checked for its structure only"
        : "accepted by "
            + String.join(
                " and ", accepted.keySet().stream().map(ComposeCommand::describe).toList());
  }

  /**
   * @param file the one that changes, of the project or added to it
   * @param withoutBuild true when no build section may be left
   */
  void refuseIfDifferent(Path file, byte[] bytes, ImageLine line, boolean withoutBuild)
      throws IOException, UnsafeEdit {
    if (validators.isEmpty()) {
      return;
    }
    // its end says what it is: v1 reads JSON by it
    Path candidate =
        file.resolveSibling(
            ".rollbook-" + service.replaceAll("[^\\w.-]", "_") + "-" + file.getFileName());
    try {
      // it may hold the secrets that the file holds, so it is for the same eyes only
      Files.copy(
          Files.exists(file) ? file : project.files().get(project.files().size() - 1),
          candidate,
          StandardCopyOption.COPY_ATTRIBUTES,
          StandardCopyOption.REPLACE_EXISTING);
      Files.write(candidate, bytes);
      compare(with(file, candidate), line, withoutBuild);
    } finally {
      Files.deleteIfExists(candidate);
    }
  }

  private void compare(ComposeFiles files, ImageLine line, boolean withoutBuild)
      throws IOException, UnsafeEdit {
    try (AskedConfig changed = new AskedConfig(files, validators, whileWaiting)) {
      for (Map.Entry<ComposeCommand, Map<?, ?>> each : accepted().entrySet()) {
        compare(each.getKey(), each.getValue(), changed, line, withoutBuild);
      }
    }
  }

  private void compare(
      ComposeCommand compose,
      Map<?, ?> before,
      AskedConfig changed,
      ImageLine line,
      boolean withoutBuild)
      throws IOException, UnsafeEdit {
    Map<?, ?> after;
    try {
      after = changed.of(compose);
    } catch (ComposeFailed e) {
      throw new UnsafeEdit("would be refused: " + e.getMessage());
    }
    Map<?, ?> pinned = service(after);
    if (!line.reference().equals(pinned.get("image"))) {
      throw new UnsafeEdit(
          "would still mean the image " + pinned.get("image") + " to " + compose.describe());
    }
    if (withoutBuild && pinned.get("build") != null) {
      throw new UnsafeEdit("would still build the service, says " + compose.describe());
    }
    if (!withoutPinned(before).equals(withoutPinned(after))) {
      throw new UnsafeEdit("would mean more than another image to " + compose.describe());
    }
  }

  private ComposeFiles with(Path file, Path candidate) {
    List<Path> files = new ArrayList<>(project.files());
    int at = files.indexOf(file);
    if (at < 0) {
      files.add(candidate);
    } else {
      files.set(at, candidate);
    }
    return project.withFiles(files);
  }

  private Map<?, ?> service(Map<?, ?> config) {
    return config.get("services") instanceof Map<?, ?> services
            && services.get(service) instanceof Map<?, ?> found
        ? found
        : Map.of();
  }

  private Map<Object, Object> withoutPinned(Map<?, ?> config) {
    Map<Object, Object> rest = new LinkedHashMap<>(config);
    if (config.get("services") instanceof Map<?, ?> services) {
      Map<Object, Object> others = new LinkedHashMap<>(services);
      Map<Object, Object> own = new LinkedHashMap<>(service(config));
      ServiceSection.PINNED.forEach(own::remove);
      others.put(service, own);
      rest.put("services", others);
    }
    return rest;
  }

  @Override
  public void close() {
    asItIs.close();
  }
}
