package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.KeptStop;
import dev.rollbook.Payloads;

/** What the engine did about a stopped service's containers before: on record with the stop. */
final class RestartPolicies {

  private static final String NO = "no";

  private final DockerEngine engine;
  private final ObjectNode kept;

  RestartPolicies(DockerEngine engine, KeptStop stop) {
    this.engine = engine;
    this.kept = stop.before();
  }

  /** The first word counts: a second stop finds what the first one set. */
  void keep(ServiceContainer container) {
    if (!knows(container)) {
      kept.putObject(container.id())
          .put("name", container.name())
          .set("policy", container.restartPolicy());
    }
  }

  boolean knows(ServiceContainer container) {
    return kept.has(container.id());
  }

  String describe() {
    return "restart policies before: " + kept.toPrettyString();
  }

  /** Neither now nor when the engine comes up again. */
  boolean stayDown(ServiceContainer container) {
    return set(container, Payloads.mapper().createObjectNode().put("Name", NO));
  }

  /** As it was; nothing is started by it. */
  boolean restore(ServiceContainer container) {
    JsonNode before = kept.path(container.id()).path("policy");
    return before.isObject() && set(container, before);
  }

  private boolean set(ServiceContainer container, JsonNode policy) {
    if (name(policy).equals(container.restarts())) {
      return false;
    }
    ObjectNode update = Payloads.mapper().createObjectNode();
    update.set("RestartPolicy", policy);
    try {
      engine.post("/containers/" + container.id() + "/update", update);
      return true;
    } catch (EngineFailure.Missing e) {
      return false; // gone: it stays down
    }
  }

  private static String name(JsonNode policy) {
    String name = policy.path("Name").asText("");
    return name.isEmpty() ? NO : name;
  }
}
