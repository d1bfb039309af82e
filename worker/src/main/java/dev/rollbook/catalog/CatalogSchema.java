package dev.rollbook.catalog;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.AnnotationKeyword;
import com.networknt.schema.path.NodePath;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Validates the catalog by {@code docs/rollbook.schema.json}, the very file that editors read, and
 * finds the place in the text of whatever does not fit it.
 */
final class CatalogSchema {

  private static final String RESOURCE = "rollbook.schema.json";
  private static final Pattern TYPES = Pattern.compile("\\b(kind|type)$");

  private final JsonNode json;
  private final Schema schema;

  CatalogSchema() {
    try (InputStream in = CatalogSchema.class.getResourceAsStream(RESOURCE)) {
      json = JsonMapper.shared().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException("The jar lacks " + RESOURCE + "; build it again", e);
    }
    schema = SchemaRegistry.withDialect(dialect()).getSchema(json);
  }

  /** With the keywords that editors know besides the standard: the words for a wrong value. */
  private static Dialect dialect() {
    Dialect standard = Dialects.getDraft202012();
    return Dialect.builder(standard.getId(), standard)
        .keyword(new AnnotationKeyword("errorMessage"))
        .keyword(new AnnotationKeyword("patternErrorMessage"))
        .build();
  }

  JsonNode json() {
    return json;
  }

  void validate(Value root, Problems problems) {
    List<Error> errors = schema.validate(root.json());
    if (correctTypes(errors, root, problems)) {
      errors = schema.validate(root.json());
    }
    Set<String> misspelt = new HashSet<>();
    List<Error> missing = new ArrayList<>();
    for (Error error : errors) {
      Value at = find(root, error.getInstanceLocation());
      switch (error.getKeyword()) {
        case "additionalProperties" -> {
          List<String> allowed = List.copyOf(rule(error).path("properties").propertyNames());
          misspelt.add(at.where() + "/" + Names.near(error.getProperty(), allowed));
          problems.add(
              at.members().get(error.getProperty()).key(),
              at.where(),
              SchemaWords.unknownKey(error.getProperty(), allowed));
        }
        case "propertyNames" -> {
          Value named = at.members().get(error.getProperty());
          problems.add(
              named.key(),
              named.where(),
              SchemaWords.wrongName(followed(rule(error).path("propertyNames"))));
        }
        case "required" -> missing.add(error);
        default ->
            problems.add(
                at.place(), at.where(), SchemaWords.of(error.getKeyword(), rule(error), at));
      }
    }
    for (Error error : missing) {
      Value at = find(root, error.getInstanceLocation());
      // 'prot' for 'port' is one mistake.
      if (!misspelt.contains(at.where() + "/" + error.getProperty())) {
        JsonNode named = rule(error).path("properties").path(error.getProperty());
        JsonNode wanted = named.has("title") ? named : followed(named);
        problems.add(at.key(), at.where(), SchemaWords.missingKey(error.getProperty(), wanted, at));
      }
    }
  }

  /**
   * Kind and type say what the rest is held to: a misspelt one is told, and read as it was meant.
   *
   * @return true when there was one
   */
  private boolean correctTypes(List<Error> errors, Value root, Problems problems) {
    boolean corrected = false;
    for (Error error : errors) {
      NodePath location = error.getInstanceLocation();
      if (!error.getKeyword().equals("enum") || !TYPES.matcher(location.toString()).find()) {
        continue;
      }
      Value type = find(root, location);
      String meant = Names.near(type.text(), SchemaWords.choices(rule(error)));
      if (!meant.isEmpty()) {
        problems.add(type.place(), type.where(), SchemaWords.of("enum", rule(error), type));
        String key = String.valueOf(location.getElement(location.getNameCount() - 1));
        find(root, location.getParent()).put(key, type.as(meant));
        corrected = true;
      }
    }
    return corrected;
  }

  private static Value find(Value root, NodePath location) {
    Value at = root;
    for (int i = 0; i < location.getNameCount(); i++) {
      Object step = location.getElement(i);
      at = step instanceof Integer index ? at.items().get(index) : at.members().get(step);
    }
    return at;
  }

  /** The object of the schema that holds the keyword which is not met. */
  private JsonNode rule(Error error) {
    NodePath location = error.getSchemaLocation().getFragment();
    JsonNode rule = json;
    for (int i = 0; i < location.getNameCount() - 1; i++) {
      Object step = location.getElement(i);
      rule = step instanceof Integer index ? rule.path(index) : rule.path(String.valueOf(step));
    }
    return rule;
  }

  private JsonNode followed(JsonNode rule) {
    String reference = rule.path("$ref").asString("");
    return reference.isEmpty() ? rule : json.at(reference.substring(1));
  }
}
