package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class CatalogSchemaTest {

  /** Said to readers and editors; they refuse nothing. */
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "$schema",
          "$ref",
          "$defs",
          "title",
          "description",
          "default",
          "examples",
          "format",
          "properties",
          "items",
          "allOf",
          "if",
          "then",
          "errorMessage",
          "patternErrorMessage");

  @TempDir Path folder;
  private final JsonNode schema = new CatalogSchema().json();

  @Test
  void there_are_words_for_every_rule_of_the_schema() {
    Set<String> keywords = new TreeSet<>();
    rules(schema).forEach(rule -> keywords.addAll(rule.propertyNames()));
    keywords.removeAll(ANNOTATIONS);

    assertThat(SchemaWords.KEYWORDS).containsExactlyInAnyOrderElementsOf(keywords);
  }

  @Test
  void every_key_of_the_schema_is_shown_in_the_example() throws Exception {
    Set<String> keys = new TreeSet<>();
    rules(schema).forEach(rule -> keys.addAll(rule.path("properties").propertyNames()));
    String example = Files.readString(Catalogs.EXAMPLE);

    assertThat(keys).hasSizeGreaterThan(25);
    assertThat(keys).allSatisfy(key -> assertThat(example).containsPattern("\\b" + key + ":"));
    assertThat(example).startsWith("# yaml-language-server: $schema=rollbook.schema.json\n");
  }

  @Test
  void every_key_has_a_title_for_editors() {
    assertThat(rules(schema))
        .allSatisfy(
            parent ->
                parent
                    .path("properties")
                    .properties()
                    .forEach(
                        key -> assertThat(title(key.getValue())).as(key.getKey()).isNotBlank()));
  }

  @Test
  void durations_have_one_form() {
    assertThat(schema.at("/$defs/duration/pattern").asString()).isEqualTo(Durations.FORM.pattern());
  }

  @Test
  void the_defaults_that_editors_show_are_the_defaults() throws Exception {
    Catalogs catalogs = new Catalogs(folder);
    String check = "        checks:\n        - name: a\n          url: http://localhost\n";
    Catalog left = catalogs.read(Catalogs.SHORTEST + check);
    JsonNode local = schema.at("/$defs/local/properties");
    Catalog written =
        catalogs.read(
            "reports: "
                + schema.at("/properties/reports/default")
                + "\n"
                + Catalogs.SHORTEST.replace("[make]}", "[make]" + inline(local.at("/build")) + "}")
                + lines("          ", defaults(local.at("/start")))
                + lines("        ", defaults(schema.at("/$defs/local"), "checks"))
                + "        stop:\n"
                + lines("          ", defaults(local.at("/stop")))
                + "        health:\n"
                + lines("          ", defaults(schema.at("/$defs/health")))
                + check
                + lines("          ", defaults(schema.at("/$defs/check"))));

    assertThat(written.reports()).isEqualTo(left.reports());
    assertThat(written.serviceCatalog().find("shop", "local"))
        .isEqualTo(left.serviceCatalog().find("shop", "local"));
    assertThat(written.localEnvironments().find("shop", "local"))
        .hasToString(left.localEnvironments().find("shop", "local").toString());
  }

  @Test
  void the_defaults_of_compose_that_editors_show_are_the_defaults() throws Exception {
    Catalogs catalogs = new Catalogs(folder);
    String rebuild =
        "        rebuild:\n          repository: r\n          command: [make]\n          image: i\n";
    Catalog left = catalogs.read(Catalogs.SHORTEST_COMPOSE + rebuild);
    JsonNode compose = schema.at("/$defs/compose/properties");
    Catalog written =
        catalogs.read(
            Catalogs.SHORTEST_COMPOSE
                + rebuild
                + lines("          ", defaults(compose.at("/rebuild")))
                + lines("        ", defaults(schema.at("/$defs/compose")))
                + "        start:\n"
                + lines("          ", defaults(compose.at("/start"))));

    assertThat(written.serviceCatalog().find("shop", "staging"))
        .isEqualTo(left.serviceCatalog().find("shop", "staging"));
    assertThat(written.composeEnvironments().find("shop", "staging"))
        .hasToString(left.composeEnvironments().find("shop", "staging").toString());
  }

  @Test
  void the_defaults_of_kubernetes_that_editors_show_are_the_defaults() throws Exception {
    Catalogs catalogs = new Catalogs(folder);
    Catalog left = catalogs.read(Catalogs.SHORTEST_KUBERNETES);
    JsonNode kubernetes = schema.at("/$defs/kubernetes/properties");
    Catalog written =
        catalogs.read(
            Catalogs.SHORTEST_KUBERNETES
                + lines("        ", defaults(schema.at("/$defs/kubernetes")))
                + "        stop:\n"
                + lines("          ", defaults(kubernetes.at("/stop")))
                + "        start:\n"
                + lines("          ", defaults(kubernetes.at("/start"))));

    assertThat(written.serviceCatalog().find("shop", "production"))
        .isEqualTo(left.serviceCatalog().find("shop", "production"));
    assertThat(written.kubernetesEnvironments().find("shop", "production"))
        .hasToString(left.kubernetesEnvironments().find("shop", "production").toString());
  }

  private Map<String, JsonNode> defaults(JsonNode mapping, String... without) {
    Map<String, JsonNode> defaults = new TreeMap<>();
    for (Map.Entry<String, JsonNode> key : mapping.path("properties").properties()) {
      JsonNode value = key.getValue().has("default") ? key.getValue() : followed(key.getValue());
      if (value.has("default")) {
        defaults.put(key.getKey(), value.path("default"));
      }
    }
    assertThat(defaults).isNotEmpty();
    defaults.keySet().removeAll(Set.of(without));
    return defaults;
  }

  private static String lines(String indent, Map<String, JsonNode> keys) {
    StringBuilder lines = new StringBuilder();
    keys.forEach((key, value) -> lines.append(indent + key + ": " + value + "\n"));
    return lines.toString();
  }

  private String inline(JsonNode mapping) {
    StringBuilder keys = new StringBuilder();
    defaults(mapping).forEach((key, value) -> keys.append(", " + key + ": " + value));
    return keys.toString();
  }

  private String title(JsonNode rule) {
    return rule.path("title").asString(followed(rule).path("title").asString(""));
  }

  private JsonNode followed(JsonNode rule) {
    String reference = rule.path("$ref").asString("#");
    return schema.at(reference.substring(1));
  }

  /** The schema itself and every schema within it. */
  private static List<JsonNode> rules(JsonNode rule) {
    List<JsonNode> rules = new ArrayList<>(List.of(rule));
    for (String keyword : List.of("properties", "$defs")) {
      rule.path(keyword).forEach(member -> rules.addAll(rules(member)));
    }
    for (String keyword : List.of("items", "propertyNames", "additionalProperties")) {
      if (rule.path(keyword).isObject()) {
        rules.addAll(rules(rule.path(keyword)));
      }
    }
    return rules;
  }
}
