package dev.rollbook.catalog;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Turns YAML nodes into values, aliases unfolded. */
final class CatalogTree {

  private final Path file;
  private final Problems problems;
  private int values;

  CatalogTree(Path file, Problems problems) {
    this.file = file;
    this.problems = problems;
  }

  Value of(Node root) throws InvalidCatalog {
    Place start = YamlText.start(root);
    if (!(root instanceof MappingNode)) {
      throw InvalidCatalog.because(
          file, start, "the file is not a mapping; begin with 'version: 1' and 'services:'");
    }
    return value(root, "", start, 1);
  }

  private Value value(Node node, String where, Place key, int depth) throws InvalidCatalog {
    Place place = YamlText.start(node);
    if (++values > YamlText.MOST_VALUES) {
      throw InvalidCatalog.because(
          file, key, "more than " + YamlText.MOST_VALUES + " values, aliases (*) unfolded");
    }
    if (depth > YamlText.DEEPEST) {
      throw InvalidCatalog.because(
          file, key, "the aliases (*) nest more than " + YamlText.DEEPEST + " deep");
    }
    if (node instanceof MappingNode mapping) {
      checkTag(node, Tag.MAP, place, where);
      return members(mapping, Value.mapping(where, key, place), depth);
    }
    if (node instanceof SequenceNode sequence) {
      checkTag(node, Tag.SEQ, place, where);
      Value list = Value.list(where, key, place);
      for (Node item : sequence.getValue()) {
        String itemWhere = where + "[" + list.items().size() + "]";
        list.add(value(item, itemWhere, YamlText.start(item), depth + 1));
      }
      return list;
    }
    ScalarNode scalar = (ScalarNode) node;
    if (!Scalars.isKnown(scalar.getTag())) {
      problems.add(
          place, where, "tags are not used here; a text that begins with '!' needs quotes");
    }
    return Value.scalar(where, key, place, Scalars.json(scalar), scalar.getValue());
  }

  private Value members(MappingNode node, Value mapping, int depth) throws InvalidCatalog {
    Map<String, Place> seen = new HashMap<>();
    for (NodeTuple tuple : node.getValue()) {
      Place key = YamlText.start(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
        problems.add(key, mapping.where(), "a key must be a plain name");
        continue;
      }
      String name = scalar.getValue();
      String where =
          mapping.where() + (mapping.where().isEmpty() ? "" : ".") + Names.printable(name);
      Place first = seen.putIfAbsent(name, key);
      if (first != null) {
        problems.add(
            key, where, "this key stands twice, first in line " + first.line() + "; keep one");
        continue;
      }
      mapping.put(name, value(tuple.getValueNode(), where, key, depth + 1));
    }
    return mapping;
  }

  private void checkTag(Node node, Tag usual, Place place, String where) {
    if (!node.getTag().equals(usual)) {
      problems.add(place, where, "tags are not used here; leave the '!…' out");
    }
  }
}
