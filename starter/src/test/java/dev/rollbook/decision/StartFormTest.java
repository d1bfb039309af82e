package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.FreePort;
import dev.rollbook.Rollback;
import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.DevServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The link to Temporal UI's form in {@code docs/alertmanager/rules.yml}, before that very UI. */
@NeedsTemporal
@Timeout(180)
class StartFormTest {

  private static final Pattern LINK = Pattern.compile("start_form: \"https://[^/]+(/[^\"]+)\"");
  private static final Pattern SCRIPT =
      Pattern.compile("[\"'`](/_app/[\\w./-]+\\.js|\\.\\.?/[\\w./-]+\\.js)[\"'`]");

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void the_ui_has_the_form_and_reads_from_the_link_what_a_run_of_the_service_is_called()
      throws Exception {
    String rules = Files.readString(Path.of("..", "docs", "alertmanager", "rules.yml"));
    URI link =
        URI.create(
            LINK.matcher(rules)
                .results()
                .map(each -> each.group(1))
                .distinct()
                .collect(Collectors.joining("|"))
                .replace("{{ $labels.environment }}", "production")
                .replace("{{ $labels.application }}", "shop"));
    Map<String, String> filled =
        Stream.of(link.getQuery().split("&"))
            .map(each -> each.split("=", 2))
            .collect(Collectors.toMap(each -> each[0], each -> each[1]));

    assertThat(filled)
        .containsOnly(
            Map.entry("workflowId", WorkflowIds.run("shop", "production")),
            Map.entry("workflowType", Rollback.class.getSimpleName()),
            Map.entry("taskQueue", TaskQueues.ROLLBOOK));
    int port = FreePort.any();
    try (DevServer temporal =
        DevServer.start(folder, "--headless=false", "--ui-port", String.valueOf(port))) {
      URI page = URI.create("http://127.0.0.1:" + port).resolve(link);
      await("the UI of " + temporal.address())
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> get(page).statusCode() == 200);

      Map<URI, String> scripts = scripts(page);

      assertThat(scripts.values())
          .as("the form's path")
          .anyMatch(each -> each.contains("/namespaces/[namespace]/workflows/start-workflow"));
      assertThat(scripts.values())
          .as("a page that reads " + filled.keySet())
          .anyMatch(
              each ->
                  filled.keySet().stream()
                      .allMatch(name -> each.contains("searchParams.get(\"" + name + "\")")));
    }
  }

  /** All that the page may come to load. */
  private Map<URI, String> scripts(URI page) throws Exception {
    Map<URI, String> scripts = new LinkedHashMap<>();
    Deque<URI> next = new ArrayDeque<>();
    next.push(page);
    while (!next.isEmpty()) {
      URI at = next.pop();
      if (!scripts.containsKey(at)) {
        String text = get(at).body();
        scripts.put(at, text);
        for (Matcher each = SCRIPT.matcher(text); each.find(); ) {
          next.push(at.resolve(each.group(1)));
        }
      }
    }
    return scripts;
  }

  private HttpResponse<String> get(URI uri) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
    return http.send(request, BodyHandlers.ofString());
  }
}
