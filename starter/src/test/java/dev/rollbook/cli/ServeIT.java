package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.FreePort;
import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code rollbook serve}, out of the one jar. */
@Timeout(300)
@Execution(ExecutionMode.CONCURRENT)
class ServeIT {

  @TempDir Path folder;

  private Rollbook rollbook(String serve) throws IOException {
    Files.writeString(
        folder.resolve("rollbook.yaml"),
        """
        version: 1
        serve: {%s}
        services:
          shop:
            environments:
              staging: {kind: compose, port: 1}
        """
            .formatted(serve));
    return new Rollbook(folder).withoutTemporal();
  }

  @Test
  void it_does_not_begin_to_listen_to_everybody() throws Exception {
    Rollbook.Answer answer = rollbook("address: 0.0.0.0").call("serve");

    assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(2);
    assertThat(answer.err()).contains("serve.address 0.0.0.0 is reached from elsewhere");
    assertThat(folder.resolve(".rollbook")).doesNotExist();
  }

  @Test
  void it_answers_until_it_is_ended() throws Exception {
    int port = FreePort.any();
    Rollbook.Running serving = rollbook("port: " + port).start("serve");
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> serving.out().contains("serving at http://127.0.0.1:" + port));
      // 503 says no more than that its engine was slow
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> get(port, "/ready").statusCode() == 200);

      assertThat(get(port, "/openapi.json").body()).contains("\"openapi\": \"3.1.0\"");
      assertThat(get(port, "/metrics").body()).contains("rollbook_http_requests_total");
      assertThat(get(port, "/ack?token=x").statusCode())
          .as("no links in the catalog")
          .isEqualTo(404);
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(serving.out()).contains("no service may be rolled back by an alert"));
    } finally {
      serving.signalGroup("TERM");
      serving.answer(90);
    }
    assertThat(serving.err()).doesNotContain("Exception");
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
