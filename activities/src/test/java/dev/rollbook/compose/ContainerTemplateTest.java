package dev.rollbook.compose;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.compose.ComposePlanFolder.Snapshot;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = SECONDS)
class ContainerTemplateTest {

  private static final String ID = "0123456789abcdef0123456789abcdef";

  @Test
  void what_was_the_old_containers_alone_is_not_carried_over() throws IOException {
    JsonNode body =
        body(
            """
            {"Hostname": "0123456789ab", "Env": ["A=1", "affinity:container==feed", "B=2"]}
            """,
            """
            {"NetworkMode": "net", "Links": ["/db:/shop_1/database"]}
            """,
            """
            {"Env": ["A=1"]}
            """);

    assertFalse(body.has("Hostname"));
    assertEquals("[\"B=2\"]", body.path("Env").toString());
    assertEquals("[\"db:database\"]", body.path("HostConfig").path("Links").toString());
    JsonNode endpoint = body.path("NetworkingConfig").path("EndpointsConfig").path("net");
    assertEquals("[\"shop\"]", endpoint.path("Aliases").toString());
    assertFalse(endpoint.has("MacAddress"), "the engine's own choice");
    assertFalse(endpoint.has("IPAddress"));
  }

  @Test
  void a_command_stays_with_an_entrypoint_of_its_own_only() throws IOException {
    String image = "{\"Entrypoint\": [\"/run\"], \"Cmd\": [\"a\"]}";

    JsonNode images = body("{\"Entrypoint\": [\"/run\"], \"Cmd\": [\"a\"]}", "{}", image);
    JsonNode own = body("{\"Entrypoint\": [\"/mine\"], \"Cmd\": [\"a\"]}", "{}", image);
    JsonNode none = body("{\"Entrypoint\": null, \"Cmd\": [\"a\"]}", "{}", image);

    assertFalse(images.has("Entrypoint") || images.has("Cmd"));
    assertEquals("[\"a\"]", own.path("Cmd").toString());
    assertEquals("[\"\"]", none.path("Entrypoint").toString(), "not the new image's either");
    assertEquals("[\"a\"]", none.path("Cmd").toString());
  }

  @Test
  void nothing_is_made_of_a_container_whose_image_is_not_known() throws IOException {
    Snapshot unknown = new Snapshot(container("{}", "{}"), Optional.empty());

    ApplicationFailure failure =
        assertThrows(
            ApplicationFailure.class, () -> new ContainerTemplate(unknown, OwnSettings.NONE));

    assertEquals("RestartFailed", failure.getType());
    assertTrue(failure.getOriginalMessage().contains("is gone"), failure.getOriginalMessage());
  }

  private static JsonNode body(String config, String host, String imageConfig) throws IOException {
    JsonNode image = Payloads.mapper().readTree("{\"Config\": " + imageConfig + "}");
    return new ContainerTemplate(
            new Snapshot(container(config, host), Optional.of(image)), OwnSettings.NONE)
        .body("good");
  }

  private static ServiceContainer container(String config, String host) throws IOException {
    return new ServiceContainer(
        Payloads.mapper()
            .readTree(
                """
                {"Id": "%s", "Name": "/shop_1", "Image": "sha256:1", "Config": %s, "HostConfig": %s,
                 "NetworkSettings": {"Networks": {"net": {"Aliases": ["shop", "0123456789ab"],
                   "MacAddress": "02:42:0a:00:00:02", "IPAddress": "10.0.0.2"}}}}
                """
                    .formatted(ID, config, host)));
  }
}
