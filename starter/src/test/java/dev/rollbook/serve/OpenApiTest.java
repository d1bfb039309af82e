package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The document says what the server does. */
@Timeout(180)
class OpenApiTest {

  @TempDir Path folder;
  private Served served;
  private JsonNode document;

  @BeforeEach
  void start() throws Exception {
    served = Served.plain(folder);
    document = served.get("/openapi.json").json();
  }

  @AfterEach
  void stop() {
    served.close();
  }

  @Test
  void every_path_in_it_is_served() throws Exception {
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      if (Set.of("/ack", "/decide").contains(path.getKey())) {
        continue; // only where the catalog has links; other tests ask there
      }
      Served.Response response = served.get(path.getKey());

      assertThat(response.status())
          .as(path.getKey())
          .isEqualTo(path.getValue().has("get") ? 200 : 405);
      assertThat(described(path.getValue())).contains(Integer.toString(response.status()));
    }
    assertThat(served.get("/openapi.yaml").body()).isEqualTo(served.get("/openapi.json").body());
  }

  private static Set<String> described(JsonNode path) {
    Set<String> statuses = new TreeSet<>();
    path.forEach(
        operation -> operation.path("responses").fieldNames().forEachRemaining(statuses::add));
    return statuses;
  }

  @Test
  void its_examples_are_taken_and_answered_as_it_says() throws Exception {
    JsonNode examples =
        document.at(
            "/paths/~1webhook~1alertmanager/post/requestBody/content/application~1json/examples");
    Set<String> allowed = new TreeSet<>();
    document
        .at("/components/schemas/Became/properties")
        .fieldNames()
        .forEachRemaining(allowed::add);

    assertThat(examples).hasSizeGreaterThan(3);
    for (JsonNode example : examples) {
      Served.Response response =
          served.post(Payloads.mapper().writeValueAsBytes(example.path("value")));

      assertThat(response.status()).as(response.body()).isEqualTo(200);
      for (JsonNode became : response.json().path("alerts")) {
        for (Iterator<String> keys = became.fieldNames(); keys.hasNext(); ) {
          assertThat(allowed).contains(keys.next());
        }
      }
    }
  }
}
