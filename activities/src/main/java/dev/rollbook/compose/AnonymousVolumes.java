package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;

/** Volumes without a name of their own: the data of a container, lost unless they are named. */
final class AnonymousVolumes {

  private final JsonNode mounts;

  /**
   * @param mounts of the container, as they really are
   */
  AnonymousVolumes(JsonNode mounts) {
    this.mounts = mounts;
  }

  /** Changes what it is given: a {@code HostConfig}, in which they are mounted by name then. */
  void bindIn(ObjectNode host) {
    Set<String> named = new HashSet<>();
    host.path("Binds").forEach(bind -> named.add(target(bind.asText())));
    host.path("Mounts").forEach(mount -> named.add(mount.path("Target").asText()));
    for (JsonNode mount : mounts) {
      String name = mount.path("Name").asText("");
      String target = mount.path("Destination").asText();
      if (!mount.path("Type").asText().equals("volume") || name.isEmpty()) {
        continue;
      }
      if (!named.contains(target)) {
        ArrayNode binds =
            host.get("Binds") instanceof ArrayNode some ? some : host.putArray("Binds");
        binds.add(name + ":" + target + (mount.path("RW").asBoolean(true) ? ":rw" : ":ro"));
      } else {
        host.path("Mounts").forEach(asked -> fillIn(asked, target, name));
      }
    }
  }

  private static void fillIn(JsonNode asked, String target, String name) {
    if (asked instanceof ObjectNode mount
        && mount.path("Type").asText().equals("volume")
        && mount.path("Target").asText().equals(target)
        && mount.path("Source").asText("").isEmpty()) {
      mount.put("Source", name);
    }
  }

  /** Of {@code source:target} and {@code source:target:options}; a lone target is anonymous. */
  private static String target(String bind) {
    String[] parts = bind.split(":");
    return parts.length < 2 ? "" : parts[1];
  }
}
