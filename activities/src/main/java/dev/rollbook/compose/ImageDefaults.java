package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Payloads;
import java.util.Iterator;
import java.util.List;
import java.util.Map.Entry;
import java.util.Set;

/**
 * What a container has from its image and nobody asked for: taken away, so that another image's own
 * takes its place. A container's settings hold both, mixed.
 */
final class ImageDefaults {

  private static final List<String> SINGLE =
      List.of("User", "WorkingDir", "StopSignal", "Shell", "ArgsEscaped");

  private final JsonNode image;
  private final Set<String> ownVariables;

  /**
   * @param image the old image's {@code Config}
   * @param ownVariables names that were asked for, whatever their values
   */
  ImageDefaults(JsonNode image, Set<String> ownVariables) {
    this.ownVariables = ownVariables;
    this.image = image;
  }

  /** Changes what it is given: a container's {@code Config}. */
  void subtractFrom(ObjectNode config) {
    config.remove("OnBuild");
    SINGLE.stream().filter(name -> isSame(config, name)).forEach(config::remove);
    subtractCommand(config);
    subtractVariables(config);
    subtractEntries(config, "Labels");
    subtractNames(config, "Volumes");
    subtractNames(config, "ExposedPorts");
    subtractHealthcheck(config);
  }

  /** With an entrypoint of its own, a container's command is its own too, and may be none. */
  private void subtractCommand(ObjectNode config) {
    boolean imageCommandDropped = isEmpty(config.get("Cmd")) && !isEmpty(image.get("Cmd"));
    if (isSame(config, "Entrypoint")
        && !(imageCommandDropped && !isEmpty(image.get("Entrypoint")))) {
      config.remove("Entrypoint");
      if (isSame(config, "Cmd")) {
        config.remove("Cmd");
      }
    } else if (isEmpty(config.get("Entrypoint"))) {
      // how the engine is told: none, not even the image's
      config.putArray("Entrypoint").add("");
    }
  }

  private void subtractVariables(ObjectNode config) {
    if (config.get("Env") instanceof ArrayNode values) {
      ArrayNode own = Payloads.mapper().createArrayNode();
      values.forEach(
          value -> {
            if (isOwn(value.asText()) || !contains(image.path("Env"), value)) {
              own.add(value);
            }
          });
      config.set("Env", own);
    }
  }

  private boolean isOwn(String variable) {
    return ownVariables.contains(variable.replaceFirst("(?s)=.*", ""));
  }

  private void subtractEntries(ObjectNode config, String name) {
    if (config.get(name) instanceof ObjectNode entries) {
      Iterator<Entry<String, JsonNode>> each = entries.properties().iterator();
      while (each.hasNext()) {
        Entry<String, JsonNode> entry = each.next();
        boolean composes = entry.getKey().startsWith(ServiceContainer.LABEL);
        if (!composes && entry.getValue().equals(image.path(name).get(entry.getKey()))) {
          each.remove();
        }
      }
    }
  }

  private void subtractNames(ObjectNode config, String name) {
    if (config.get(name) instanceof ObjectNode entries) {
      image.path(name).fieldNames().forEachRemaining(entries::remove);
    }
  }

  /** Field by field, as the engine puts them together. */
  private void subtractHealthcheck(ObjectNode config) {
    if (config.get("Healthcheck") instanceof ObjectNode check) {
      Iterator<Entry<String, JsonNode>> each = check.properties().iterator();
      while (each.hasNext()) {
        Entry<String, JsonNode> field = each.next();
        if (field.getValue().equals(image.path("Healthcheck").get(field.getKey()))) {
          each.remove();
        }
      }
      if (check.isEmpty()) {
        config.remove("Healthcheck");
      }
    }
  }

  private boolean isSame(ObjectNode config, String name) {
    JsonNode own = config.get(name);
    JsonNode images = image.get(name);
    return isEmpty(own) ? isEmpty(images) : own.equals(images);
  }

  private static boolean isEmpty(JsonNode value) {
    return value == null
        || value.isNull()
        || (value.isTextual()
            ? value.asText().isEmpty()
            : value.isContainerNode() && value.isEmpty());
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode each : values) {
      if (each.equals(value)) {
        return true;
      }
    }
    return false;
  }
}
