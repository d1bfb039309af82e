package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Payloads;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The project's containers before the first attempt touched any: by it a later one knows what was
 * done, and what is down only since Rollbook itself has stopped it.
 */
record StackBefore(JsonNode kept) {

  private static final String FILE = "stack-restart.json";
  private static final String DOWN = "down";

  /** Kept once. */
  static StackBefore of(List<ServiceContainer> all, ComposePlanFolder plan) throws IOException {
    Optional<JsonNode> kept = plan.read(FILE);
    if (kept.isPresent()) {
      return new StackBefore(kept.get());
    }
    ObjectNode before = Payloads.mapper().createObjectNode();
    ArrayNode down = before.putArray(DOWN);
    for (ServiceContainer each : all) {
      before.put(each.id(), each.startedAt());
      if (!each.isUp()) {
        down.add(each.id());
      }
    }
    plan.write(FILE, before);
    return new StackBefore(before);
  }

  /** By the engine's own clock, not ours. */
  boolean isStartedSince(ServiceContainer container) {
    return !container.startedAt().equals(kept.path(container.id()).asText());
  }

  /** What was kept before this was told counts as up: better started once more than left down. */
  boolean wasDown(ServiceContainer container) {
    for (JsonNode id : kept.path(DOWN)) {
      if (id.asText().equals(container.id())) {
        return true;
      }
    }
    return false;
  }
}
