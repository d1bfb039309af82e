package dev.rollbook.catalog;

import java.util.Set;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** YAML 1.2 scalars as JSON. What no number of JSON can hold, or none sane, is a text. */
final class Scalars {

  private static final Set<Tag> KNOWN =
      Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.ENV_TAG);
  private static final int LONGEST_NUMBER = 18;

  private Scalars() {}

  static boolean isKnown(Tag tag) {
    return KNOWN.contains(tag);
  }

  static JsonNode json(ScalarNode scalar) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    String text = scalar.getValue();
    Tag tag = scalar.getTag();
    try {
      if (tag.equals(Tag.NULL)) {
        return json.nullNode();
      }
      if (tag.equals(Tag.BOOL)) {
        return json.booleanNode(text.equalsIgnoreCase("true"));
      }
      if (tag.equals(Tag.INT) && text.length() <= LONGEST_NUMBER) {
        return json.numberNode(integer(text));
      }
      if (tag.equals(Tag.FLOAT) && text.length() <= LONGEST_NUMBER) {
        double number = Double.parseDouble(text);
        return Double.isFinite(number) ? json.numberNode(number) : json.stringNode(text);
      }
    } catch (NumberFormatException e) {
      // An explicit tag on something else: .inf, or !!int abc.
    }
    return json.stringNode(text);
  }

  private static long integer(String text) {
    if (text.startsWith("0x")) {
      return Long.parseLong(text.substring(2), 16);
    }
    return text.startsWith("0o") ? Long.parseLong(text.substring(2), 8) : Long.parseLong(text);
  }
}
