package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Failures;
import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * What one plan keeps on disk about containers: {@code <state>/jobs/<environment>/<service>/<plan
 * id>/containers/}, for its owner only, since a container's environment may hold secrets.
 */
final class ComposePlanFolder {

  private final Path plan;
  private final Path folder;

  ComposePlanFolder(Path state, PinnedService service) {
    this.plan =
        state
            .toAbsolutePath()
            .resolve("jobs")
            .resolve(service.environment())
            .resolve(service.service())
            .resolve(service.planId());
    this.folder = plan.resolve("containers");
  }

  /** Nothing of this plan may be started any more: a late attempt must not undo the stop. */
  void fence() throws IOException {
    Files.createDirectories(plan);
    Files.writeString(plan.resolve("stopped"), "the run was stopped\n");
  }

  boolean isFenced() {
    return Files.exists(plan.resolve("stopped"));
  }

  void refuseIfFenced() {
    if (isFenced()) {
      throw Failures.hopeless(
          "Stopped", "This run was stopped; nothing of it is started again. Start a new run.");
    }
  }

  /**
   * All that is needed to create the container again when it is gone, its image too. Kept once,
   * before the first change.
   */
  void keep(ServiceContainer container, DockerEngine engine) throws IOException {
    if (kept(container.id()).isPresent()) {
      return;
    }
    ObjectNode snapshot = Payloads.mapper().createObjectNode();
    snapshot.set("container", container.inspect());
    engine.findImage(container.image()).ifPresent(image -> snapshot.set("image", image));
    write(container.id() + ".json", snapshot);
  }

  /** Empty when the container was never seen by this plan's steps. */
  Optional<Snapshot> kept(String id) throws IOException {
    return read(id + ".json")
        .map(
            json ->
                new Snapshot(
                    new ServiceContainer(json.path("container")),
                    Optional.ofNullable(json.get("image"))));
  }

  /**
   * @param image of the container; empty when the engine did not have it any more
   */
  record Snapshot(ServiceContainer container, Optional<JsonNode> image) {}

  void write(String name, JsonNode json) throws IOException {
    Files.createDirectories(plan);
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path part = folder.resolve(name + ".part");
    Files.write(part, Payloads.mapper().writeValueAsBytes(json));
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  Optional<JsonNode> read(String name) throws IOException {
    try {
      return Optional.of(Payloads.mapper().readTree(Files.readAllBytes(folder.resolve(name))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  Path folder() {
    return folder;
  }
}
