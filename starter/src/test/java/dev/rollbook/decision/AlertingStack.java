package dev.rollbook.decision;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rollbook.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A real Prometheus that scrapes one service every second, and two Alertmanagers that know each
 * other, with the rules and the configuration of {@code docs/alertmanager}, in shorter times.
 */
final class AlertingStack implements AutoCloseable {

  private static final Path EXAMPLES = Path.of("..", "docs", "alertmanager");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
  private final int prometheusPort;
  private final List<Integer> managerPorts = List.of(FreePort.any(), FreePort.any());
  private final List<Integer> clusterPorts = List.of(FreePort.any(), FreePort.any());
  private final List<Process> managers = new ArrayList<>();
  private Process prometheus;

  /**
   * @param folder empty
   * @param prometheusPort where it is to listen
   * @param servicePort of 127.0.0.1, what is scraped
   * @param webhookPort where `rollbook serve` listens
   * @param token what it lets in
   */
  AlertingStack(
      Path folder,
      String application,
      String environment,
      int prometheusPort,
      int servicePort,
      int webhookPort,
      String token)
      throws IOException {
    this.prometheusPort = prometheusPort;
    this.folder = Files.createDirectories(folder);
    Files.writeString(folder.resolve("token"), token);
    Files.writeString(
        folder.resolve("rules.yml"),
        Files.readString(EXAMPLES.resolve("rules.yml")).replace("for: 1m", "for: 2s"));
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
        rule_files: [rules.yml]
        alerting:
          alertmanagers:
          - static_configs: [{targets: ['127.0.0.1:%d', '127.0.0.1:%d']}]
        scrape_configs:
        - job_name: shop
          static_configs:
          - targets: ['127.0.0.1:%d']
            labels: {application: %s, environment: %s}
        """
            .formatted(
                managerPorts.get(0), managerPorts.get(1), servicePort, application, environment));
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        Files.readString(EXAMPLES.resolve("alertmanager.yml"))
            .replace("https://rollbook.internal:8443", "http://127.0.0.1:" + webhookPort)
            .replace("/etc/alertmanager/rollbook.token", folder.resolve("token").toString())
            .replaceAll("\\s+tls_config:\\s+ca_file: \\S+", "")
            .replace("group_interval: 1m", "group_interval: 3s")
            .replace("repeat_interval: 10m", "repeat_interval: 6s"));
    startPrometheus();
    managers.add(startManager(0));
    managers.add(startManager(1));
  }

  void startPrometheus() throws IOException {
    prometheus =
        start(
            "prometheus",
            "prometheus",
            "--config.file=" + folder.resolve("prometheus.yml"),
            "--storage.tsdb.path=" + folder.resolve("tsdb"),
            "--rules.alert.resend-delay=2s",
            "--web.listen-address=127.0.0.1:" + prometheusPort);
  }

  private Process startManager(int which) throws IOException {
    return start(
        "alertmanager-" + which,
        "prometheus-alertmanager",
        "--config.file=" + folder.resolve("alertmanager.yml"),
        "--storage.path=" + folder.resolve("alertmanager-" + which),
        "--web.listen-address=127.0.0.1:" + managerPorts.get(which),
        "--cluster.listen-address=127.0.0.1:" + clusterPorts.get(which),
        "--cluster.peer=127.0.0.1:" + clusterPorts.get(1 - which),
        "--cluster.peer-timeout=2s",
        "--cluster.settle-timeout=2s");
  }

  private Process start(String name, String... command) throws IOException {
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()))
        .start();
  }

  /** {@code kill -9}: what it fired is taken for resolved after a while, though it is not. */
  void killPrometheus() throws InterruptedException {
    prometheus.destroyForcibly().waitFor();
  }

  /** {@code kill -9}, and started again: it has forgotten what it sent. */
  void restartManager(int which) throws IOException, InterruptedException {
    managers.get(which).destroyForcibly().waitFor();
    managers.set(which, startManager(which));
  }

  /** With another grouping: every group is sent again under another key. */
  void reloadManagers() throws IOException {
    Path file = folder.resolve("alertmanager.yml");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "group_by: [service, environment]", "group_by: [service, environment, alertname]"));
    for (int port : managerPorts) {
      HttpRequest reload =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/-/reload"))
              .timeout(Duration.ofSeconds(20))
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      await("a manager that has read it")
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> http.send(reload, BodyHandlers.discarding()).statusCode() == 200);
    }
  }

  /** Rules of the runbook's table that fire, by Prometheus' own word. */
  List<String> firing() throws IOException, InterruptedException {
    JsonNode alerts =
        get("http://127.0.0.1:" + prometheusPort + "/api/v1/alerts").at("/data/alerts");
    List<String> names = new ArrayList<>();
    for (JsonNode alert : alerts) {
      if (alert.at("/state").asText().equals("firing") && alert.at("/labels").has("rollback")) {
        names.add(alert.at("/labels/alertname").asText());
      }
    }
    return names;
  }

  private JsonNode get(String url) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build();
    return JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
  }

  /** What they said last, for a test that fails. */
  String logs() throws IOException {
    StringBuilder logs = new StringBuilder();
    for (String name : List.of("prometheus", "alertmanager-0", "alertmanager-1")) {
      List<String> lines = Files.readAllLines(folder.resolve(name + ".log"));
      logs.append(name).append(":\n");
      lines.stream()
          .skip(Math.max(0, lines.size() - 15))
          .forEach(line -> logs.append(line).append('\n'));
    }
    return logs.toString();
  }

  @Override
  public void close() {
    prometheus.destroyForcibly();
    managers.forEach(Process::destroyForcibly);
  }
}
