package dev.rollbook.catalog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One value of the catalog, the values within it, and where each stands. A scalar keeps its text as
 * it was written, since {@code 1.10} as a variable is not {@code 1.1}.
 */
final class Value {

  private final String where;
  private final Place key;
  private final Place place;
  private final JsonNode json;
  private final String text;
  private final Map<String, Value> members = new LinkedHashMap<>();
  private final List<Value> items = new ArrayList<>();

  private Value(String where, Place key, Place place, JsonNode json, String text) {
    this.where = where;
    this.key = key;
    this.place = place;
    this.json = json;
    this.text = text;
  }

  static Value mapping(String where, Place key, Place place) {
    return new Value(where, key, place, JsonNodeFactory.instance.objectNode(), "");
  }

  static Value list(String where, Place key, Place place) {
    return new Value(where, key, place, JsonNodeFactory.instance.arrayNode(), "");
  }

  static Value scalar(String where, Place key, Place place, JsonNode json, String text) {
    return new Value(where, key, place, json, text);
  }

  /** The same place with another text. */
  Value as(String other) {
    return scalar(where, key, place, JsonNodeFactory.instance.stringNode(other), other);
  }

  void put(String name, Value member) {
    members.put(name, member);
    ((ObjectNode) json).set(name, member.json);
  }

  void add(Value item) {
    items.add(item);
    ((ArrayNode) json).add(item.json);
  }

  /** {@code services.shopping-service.environments.local.checks[0].url}; empty for the root. */
  String where() {
    return where;
  }

  /** Of the key that names it; of a list's item, where it begins. */
  Place key() {
    return key;
  }

  Place place() {
    return place;
  }

  JsonNode json() {
    return json;
  }

  String text() {
    return text;
  }

  boolean isScalar() {
    return json.isValueNode() && !json.isNull();
  }

  Map<String, Value> members() {
    return members;
  }

  List<Value> items() {
    return items;
  }

  Optional<Value> member(String name) {
    return Optional.ofNullable(members.get(name));
  }

  /** What stands there, or an empty mapping when nothing does. */
  Value part(String name) {
    return member(name).orElseGet(() -> mapping(where, key, place));
  }
}
