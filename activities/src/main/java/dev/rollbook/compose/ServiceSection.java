package dev.rollbook.compose;

import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** What one compose file says about a service's image and where it would come from. */
final class ServiceSection {

  static final List<String> PINNED = List.of("image", "build", "pull_policy");
  private static final Set<String> POLICIES_THAT_KEEP =
      Set.of("never", "missing", "if_not_present");

  private final ComposeText text;
  private final String name;
  private final MappingNode mapping;

  private ServiceSection(ComposeText text, String name, MappingNode mapping) {
    this.text = text;
    this.name = name;
    this.mapping = mapping;
  }

  static Optional<ServiceSection> of(ComposeText text, String name) throws UnsafeEdit {
    return text.service(name).map(mapping -> new ServiceSection(text, name, mapping));
  }

  MappingNode mapping() {
    return mapping;
  }

  boolean setsImage() throws UnsafeEdit {
    return ComposeText.value(mapping, "image") != null;
  }

  /** The image as it is written; empty when it is no plain or quoted text. */
  Optional<String> image() throws UnsafeEdit {
    return ComposeText.value(mapping, "image") instanceof ScalarNode scalar
        ? Optional.of(scalar.getValue())
        : Optional.empty();
  }

  /** Without one that resets what an earlier file says. */
  boolean builds() throws UnsafeEdit {
    Node build = ComposeText.value(mapping, "build");
    return build != null && !isReset(build);
  }

  boolean resetsBuild() throws UnsafeEdit {
    Node build = ComposeText.value(mapping, "build");
    return build != null && isReset(build);
  }

  boolean setsPullPolicy() throws UnsafeEdit {
    return ComposeText.value(mapping, "pull_policy") != null;
  }

  /** True when it would fetch or build at the next start. */
  boolean pullPolicyFetches() throws UnsafeEdit {
    Node policy = ComposeText.value(mapping, "pull_policy");
    return policy != null
        && !isReset(policy)
        && !(policy instanceof ScalarNode scalar && POLICIES_THAT_KEEP.contains(scalar.getValue()));
  }

  private static boolean isReset(Node node) {
    return node.getTag().getValue().equals("!reset");
  }

  /** Refuses what comes from elsewhere, or is handed on to other services. */
  void refuseIfShared() throws UnsafeEdit {
    if (ComposeText.value(mapping, "extends") != null) {
      throw new UnsafeEdit("extends the service from another one");
    }
    Set<String> merged = new HashSet<>();
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (NodeTuple tuple : mapping.getValue()) {
      if ("<<".equals(ComposeText.keyOf(tuple))) {
        collectKeys(tuple.getValueNode(), merged, seen);
      }
    }
    if (setsImage()) {
      // the written key wins over the merged one
      merged.remove("image");
    }
    for (String key : List.of("image", "build", "pull_policy", "extends")) {
      if (merged.contains(key)) {
        throw new UnsafeEdit("merges the service's " + key + " from an anchor (<<)");
      }
    }
    for (NodeTuple other : text.services().orElseThrow().getValue()) {
      if (other.getValueNode() instanceof MappingNode service && isExtendedBy(service)) {
        throw new UnsafeEdit(
            "lets '" + ComposeText.keyOf(other) + "' extend the service, whose image would change");
      }
    }
  }

  private boolean isExtendedBy(MappingNode service) throws UnsafeEdit {
    Node from = ComposeText.value(service, "extends");
    if (from instanceof MappingNode elsewhere) {
      return ComposeText.value(elsewhere, "file") == null
          && ComposeText.value(elsewhere, "service") instanceof ScalarNode extended
          && extended.getValue().equals(name);
    }
    return from instanceof ScalarNode extended && extended.getValue().equals(name);
  }

  private static void collectKeys(Node from, Set<String> keys, Set<Node> seen) {
    if (!seen.add(from)) {
      return;
    }
    if (from instanceof SequenceNode several) {
      several.getValue().forEach(one -> collectKeys(one, keys, seen));
    }
    if (from instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        String key = ComposeText.keyOf(tuple);
        if ("<<".equals(key)) {
          collectKeys(tuple.getValueNode(), keys, seen);
        } else if (key != null) {
          keys.add(key);
        }
      }
    }
  }
}
