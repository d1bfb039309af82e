package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.PlanFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What one plan keeps on disk about containers: {@code <plan's folder>/containers/}. */
final class ComposePlanFolder {

  private final PlanFiles plan;
  private final PlanFiles files;

  ComposePlanFolder(Path state, PinnedService service) {
    this.plan = PlanFiles.of(state, service);
    this.files = plan.in("containers");
  }

  /** Nothing of this plan may be started any more: a late attempt must not undo the stop. */
  void fence() throws IOException {
    plan.fence();
  }

  boolean isFenced() {
    return plan.isFenced();
  }

  void refuseIfFenced() {
    plan.refuseIfFenced();
  }

  /**
   * All that is needed to create the container again when it is gone, its image too. Kept once,
   * before the first change.
   */
  void keep(ServiceContainer container, DockerEngine engine) throws IOException {
    if (files.has(container.id() + ".json")) {
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
    files.write(name, Payloads.mapper().writeValueAsBytes(json));
  }

  Optional<JsonNode> read(String name) throws IOException {
    Optional<byte[]> kept = files.read(name);
    return kept.isEmpty() ? Optional.empty() : Optional.of(Payloads.mapper().readTree(kept.get()));
  }

  PlanFiles files() {
    return files;
  }
}
