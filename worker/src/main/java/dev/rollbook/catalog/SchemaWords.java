package dev.rollbook.catalog;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * What a rule of the schema wants and what was found, in words; never a value that may be secret.
 */
final class SchemaWords {

  /** The rules there are words for; a test holds the schema to them. */
  static final Set<String> KEYWORDS =
      Set.of(
          "additionalProperties",
          "const",
          "dependentRequired",
          "enum",
          "maximum",
          "maxLength",
          "minimum",
          "minItems",
          "minLength",
          "minProperties",
          "pattern",
          "propertyNames",
          "required",
          "type");

  private static final Map<String, String> TYPES =
      Map.of(
          "object", "a mapping",
          "array", "a list",
          "string", "text",
          "integer", "a whole number",
          "number", "a number",
          "boolean", "true or false");

  private SchemaWords() {}

  static String unknownKey(String key, List<String> allowed) {
    String merge = key.equals("<<") ? "YAML 1.2 has no merge keys; write the keys out. " : "";
    return "unknown key "
        + Names.quoted(key)
        + ". "
        + merge
        + Names.hint(key, allowed, "Allowed: ");
  }

  /**
   * @param rule of the key that is missing
   */
  static String missingKey(String key, JsonNode rule, Value at) {
    String title = rule.path("title").asString("");
    String near = Names.near(key, at.members().keySet());
    return "missing key '"
        + key
        + "'"
        + (title.isEmpty() ? "" : " (" + title + ")")
        + (near.isEmpty() ? "" : "; is it " + Names.quoted(near) + "?");
  }

  static String wrongName(JsonNode rule) {
    return rule.path("patternErrorMessage").asString("this name is not allowed");
  }

  static String of(String keyword, JsonNode rule, Value found) {
    return switch (keyword) {
      case "type" -> wanted(rule) + ", found " + kind(found.json());
      case "const" -> "must be " + rule.path("const");
      case "enum" -> choice(rule, found);
      case "minimum", "maximum" ->
          "must be from " + rule.path("minimum") + " to " + rule.path("maximum");
      case "minLength", "minItems", "minProperties" -> "must not be empty";
      case "maxLength" -> "longer than " + rule.path("maxLength") + " characters";
      case "pattern" -> rule.path("patternErrorMessage").asString("does not have the right form");
      case "dependentRequired" -> dependent(rule, found);
      default -> "does not fit the rule '" + keyword + "' of rollbook.schema.json";
    };
  }

  private static String wanted(JsonNode rule) {
    String ownWords = rule.path("errorMessage").asString("");
    if (!ownWords.isEmpty()) {
      return ownWords;
    }
    JsonNode type = rule.path("type");
    return "wanted "
        + (type.isArray()
            ? texts(type).map(TYPES::get).collect(Collectors.joining(" or "))
            : TYPES.get(type.asString()));
  }

  private static String kind(JsonNode found) {
    if (found.isNull()) {
      return "nothing";
    }
    if (found.isBoolean()) {
      return found.asString();
    }
    if (found.isContainer()) {
      return found.isArray() ? "a list" : "a mapping";
    }
    return found.isString() ? "text" : found.isIntegralNumber() ? "a whole number" : "a number";
  }

  private static String choice(JsonNode rule, Value found) {
    List<String> choices = choices(rule);
    return found.isScalar()
        ? Names.quoted(found.text())
            + " is not known. "
            + Names.hint(found.text(), choices, "Allowed: ")
        : "wanted one of: " + String.join(", ", choices) + "; found " + kind(found.json());
  }

  static List<String> choices(JsonNode rule) {
    return texts(rule.path("enum")).toList();
  }

  private static String dependent(JsonNode rule, Value found) {
    return rule.path("dependentRequired").properties().stream()
        .filter(needs -> found.members().containsKey(needs.getKey()))
        .map(needs -> "'" + needs.getKey() + "' needs '" + missing(needs.getValue(), found) + "'")
        .collect(Collectors.joining("; "));
  }

  private static String missing(JsonNode names, Value found) {
    return texts(names)
        .filter(name -> !found.members().containsKey(name))
        .collect(Collectors.joining("' and '"));
  }

  private static Stream<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asString);
  }
}
