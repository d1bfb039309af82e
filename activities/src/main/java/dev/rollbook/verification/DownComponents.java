package dev.rollbook.verification;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Which components of a health answer are not up, as Spring Boot's Actuator lists them. */
final class DownComponents {

  private static final int SHOWN = 10;
  private static final int DEPTH = 8;

  /** What Spring Boot calls its health indicators of databases, and what people call theirs. */
  private static final Pattern DATABASE =
      Pattern.compile(
          "db|r2dbc|mongo|cassandra|couchbase|neo4j|.*database.*|.*datasource.*",
          Pattern.CASE_INSENSITIVE);

  private final UnaryOperator<String> onOneLine;
  private final List<String> down = new ArrayList<>();
  private boolean hasDatabase;

  private DownComponents(UnaryOperator<String> onOneLine) {
    this.onOneLine = onOneLine;
  }

  /**
   * @param onOneLine without secrets, and short
   */
  static DownComponents of(JsonNode health, UnaryOperator<String> onOneLine) {
    DownComponents components = new DownComponents(onOneLine);
    components.collect("", false, health, 0);
    return components;
  }

  /** {@code db (Connection refused), disk/root (DOWN)}; empty for none. */
  String words() {
    return String.join(", ", down);
  }

  boolean hasDatabase() {
    return hasDatabase;
  }

  /** Spring Boot before 2.2 called {@code components} {@code details}. */
  private void collect(String prefix, boolean ofDatabase, JsonNode health, int depth) {
    JsonNode parts = health.has("components") ? health.get("components") : health.path("details");
    parts
        .properties()
        .forEach(
            part -> {
              JsonNode component = part.getValue();
              String status = component.path("status").asText("");
              if (status.isEmpty() || status.equals("UP") || down.size() >= SHOWN) {
                return;
              }
              String name = prefix + onOneLine.apply(part.getKey());
              boolean database = ofDatabase || DATABASE.matcher(part.getKey()).matches();
              int before = down.size();
              if (depth < DEPTH) {
                collect(name + "/", database, component, depth + 1);
              }
              if (down.size() == before) {
                down.add(name + " (" + detail(component, status) + ")");
                hasDatabase |= database;
              }
            });
  }

  private String detail(JsonNode component, String status) {
    JsonNode details = component.path("details");
    String words =
        details.has("error")
            ? details.get("error").asText()
            : details.isObject() && !details.isEmpty() ? status + " " + details : status;
    return onOneLine.apply(words);
  }
}
