package dev.rollbook.compose;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** An edited file beside what it was: only the service's image and its origin may differ. */
final class PinnedTree {

  private final ComposeText before;
  private final ComposeText after;
  private final String service;

  /** Pairs that were compared: aliases share their nodes, and may go round in circles. */
  private final Map<Node, Set<Node>> compared = new IdentityHashMap<>();

  PinnedTree(ComposeText before, ComposeText after, String service) {
    this.before = before;
    this.after = after;
    this.service = service;
  }

  void refuseOtherChanges(ImageLine line) throws UnsafeEdit {
    Optional<ServiceSection> pinned = ServiceSection.of(after, service);
    if (pinned.isEmpty()
        || !pinned.get().image().equals(Optional.of(line.reference()))
        || pinned.get().builds()
        || pinned.get().pullPolicyFetches()) {
      throw new UnsafeEdit("would not say the image after the edit");
    }
    if (!sameRoot()) {
      throw new UnsafeEdit("would change more than the image: something else refers to it");
    }
  }

  private boolean sameRoot() throws UnsafeEdit {
    List<NodeTuple> old = without(before.root(), List.of("services"));
    List<NodeTuple> now = without(after.root(), List.of("services"));
    return same(old, now) && sameServices();
  }

  private boolean sameServices() throws UnsafeEdit {
    List<NodeTuple> now = after.services().orElseThrow().getValue();
    Optional<MappingNode> old = before.services();
    List<NodeTuple> were = old.isPresent() ? old.get().getValue() : List.of();
    boolean added = before.service(service).isEmpty();
    if (now.size() != were.size() + (added ? 1 : 0)) {
      return false;
    }
    List<NodeTuple> others = without(after.services().orElseThrow(), List.of(service));
    List<NodeTuple> otherOnes = old.isPresent() ? without(old.get(), List.of(service)) : List.of();
    return same(otherOnes, others)
        && (added
            || same(
                without(before.service(service).orElseThrow(), ServiceSection.PINNED),
                without(after.service(service).orElseThrow(), ServiceSection.PINNED)));
  }

  private static List<NodeTuple> without(MappingNode mapping, List<String> keys) {
    List<NodeTuple> rest = new ArrayList<>(mapping.getValue());
    rest.removeIf(tuple -> keys.contains(ComposeText.keyOf(tuple)));
    return rest;
  }

  private boolean same(List<NodeTuple> old, List<NodeTuple> now) {
    if (old.size() != now.size()) {
      return false;
    }
    for (int i = 0; i < old.size(); i++) {
      if (!same(old.get(i).getKeyNode(), now.get(i).getKeyNode())
          || !same(old.get(i).getValueNode(), now.get(i).getValueNode())) {
        return false;
      }
    }
    return true;
  }

  private boolean same(Node old, Node now) {
    if (!old.getTag().equals(now.getTag()) || old.getNodeType() != now.getNodeType()) {
      return false;
    }
    if (!compared
        .computeIfAbsent(old, key -> Collections.newSetFromMap(new IdentityHashMap<>()))
        .add(now)) {
      return true;
    }
    if (old instanceof ScalarNode a && now instanceof ScalarNode b) {
      return a.getValue().equals(b.getValue());
    }
    if (old instanceof SequenceNode a && now instanceof SequenceNode b) {
      if (a.getValue().size() != b.getValue().size()) {
        return false;
      }
      for (int i = 0; i < a.getValue().size(); i++) {
        if (!same(a.getValue().get(i), b.getValue().get(i))) {
          return false;
        }
      }
      return true;
    }
    return old instanceof MappingNode a
        && now instanceof MappingNode b
        && same(a.getValue(), b.getValue());
  }
}
