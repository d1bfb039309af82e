package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Payloads;
import java.util.Iterator;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;

/**
 * What a container has from its image and nobody asked for: taken away, so that another image's own
 * takes its place. A container's settings hold both, mixed.
 */
final class ImageDefaults {

  /** And how the compose file calls them; empty where it has no word for it. */
  private static final Map<String, String> SINGLE =
      Map.of(
          "User", "user",
          "WorkingDir", "working_dir",
          "StopSignal", "stop_signal",
          "Shell", "",
          "ArgsEscaped", "");

  private static final Map<String, String> CHECK =
      Map.of(
          "Test", "test",
          "Interval", "interval",
          "Timeout", "timeout",
          "Retries", "retries",
          "StartPeriod", "start_period",
          "StartInterval", "start_interval");

  private final JsonNode image;
  private final OwnSettings own;

  /**
   * @param image the old image's {@code Config}
   * @param own what was asked for, whatever its value
   */
  ImageDefaults(JsonNode image, OwnSettings own) {
    this.own = own;
    this.image = image;
  }

  /** Changes what it is given: a container's {@code Config}. */
  void subtractFrom(ObjectNode config) {
    config.remove("OnBuild");
    SINGLE.forEach(
        (name, key) -> {
          if (isSame(config, name) && !own.keys().contains(key)) {
            config.remove(name);
          }
        });
    subtractCommand(config);
    subtractVariables(config);
    subtractLabels(config);
    subtractNames(config, "Volumes", Set.of());
    subtractNames(config, "ExposedPorts", own.ports());
    subtractHealthcheck(config);
  }

  /** With an entrypoint of its own, a container's command is its own too, and may be none. */
  private void subtractCommand(ObjectNode config) {
    boolean imageCommandDropped = isEmpty(config.get("Cmd")) && !isEmpty(image.get("Cmd"));
    if (isSame(config, "Entrypoint")
        && !own.keys().contains("entrypoint")
        && !(imageCommandDropped && !isEmpty(image.get("Entrypoint")))) {
      config.remove("Entrypoint");
      if (isSame(config, "Cmd") && !own.keys().contains("command")) {
        config.remove("Cmd");
      }
    } else if (isEmpty(config.get("Entrypoint"))) {
      // how the engine is told: none, not even the image's
      config.putArray("Entrypoint").add("");
    }
  }

  private void subtractVariables(ObjectNode config) {
    if (config.get("Env") instanceof ArrayNode values) {
      ArrayNode left = Payloads.mapper().createArrayNode();
      values.forEach(
          value -> {
            if (isOwn(value.asText()) || !contains(image.path("Env"), value)) {
              left.add(value);
            }
          });
      config.set("Env", left);
    }
  }

  private boolean isOwn(String variable) {
    return own.variables().contains(variable.replaceFirst("(?s)=.*", ""));
  }

  private void subtractLabels(ObjectNode config) {
    if (config.get("Labels") instanceof ObjectNode labels) {
      Iterator<Entry<String, JsonNode>> each = labels.properties().iterator();
      while (each.hasNext()) {
        Entry<String, JsonNode> label = each.next();
        String name = label.getKey();
        boolean asked = name.startsWith(ServiceContainer.LABEL) || own.labels().contains(name);
        if (!asked && label.getValue().equals(image.path("Labels").get(name))) {
          each.remove();
        }
      }
    }
  }

  private void subtractNames(ObjectNode config, String name, Set<String> asked) {
    if (config.get(name) instanceof ObjectNode entries) {
      image
          .path(name)
          .fieldNames()
          .forEachRemaining(
              each -> {
                if (!asked.contains(each)) {
                  entries.remove(each);
                }
              });
    }
  }

  /** Field by field, as the engine puts them together. */
  private void subtractHealthcheck(ObjectNode config) {
    if (config.get("Healthcheck") instanceof ObjectNode check) {
      Iterator<Entry<String, JsonNode>> each = check.properties().iterator();
      while (each.hasNext()) {
        Entry<String, JsonNode> field = each.next();
        if (!own.check().contains(CHECK.getOrDefault(field.getKey(), ""))
            && field.getValue().equals(image.path("Healthcheck").get(field.getKey()))) {
          each.remove();
        }
      }
      if (check.isEmpty()) {
        config.remove("Healthcheck");
      }
    }
  }

  private boolean isSame(ObjectNode config, String name) {
    JsonNode containers = config.get(name);
    JsonNode images = image.get(name);
    return isEmpty(containers) ? isEmpty(images) : containers.equals(images);
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
