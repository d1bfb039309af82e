package dev.rollbook.decision;

import com.sun.net.httpserver.HttpServer;
import dev.rollbook.FreePort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What Spring Boot would tell of a service whose newest version fails most of its requests, and a
 * real Prometheus that scrapes it every second.
 */
final class MeasuredService implements AutoCloseable {

  private static final String SERIES =
      """
      http_server_requests_seconds_count{version="v3",status="500",uri="/orders"} %1$d
      http_server_requests_seconds_count{version="v3",status="200",uri="/orders"} %2$d
      http_server_requests_seconds_count{version="v2",status="200",uri="/orders"} %3$d
      http_server_requests_seconds_count{version="v3",status="503",uri="/actuator/health"} %3$d
      http_server_requests_seconds_bucket{version="v3",uri="/orders",le="1.0"} %2$d
      http_server_requests_seconds_bucket{version="v3",uri="/orders",le="10.0"} %4$d
      http_server_requests_seconds_bucket{version="v3",uri="/orders",le="+Inf"} %4$d
      """;

  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong scraped = new AtomicLong();
  private final int port = FreePort.any();
  private final HttpServer service;
  private final Process prometheus;
  private volatile int failsEach = 8;
  private volatile int answersEach = 1;

  /**
   * @param folder for Prometheus' files
   * @param labels of all series, as YAML
   */
  MeasuredService(Path folder, String labels) throws IOException {
    service = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    service.createContext(
        "/metrics",
        exchange -> {
          long bad = failed.addAndGet(failsEach);
          long good = answered.addAndGet(answersEach);
          byte[] series =
              SERIES
                  .formatted(bad, good, scraped.incrementAndGet(), bad + good)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, series.length);
          exchange.getResponseBody().write(series);
          exchange.close();
        });
    service.start();
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
        - job_name: shop
          static_configs:
          - targets: ['127.0.0.1:%d']
            labels: %s
        """
            .formatted(service.getAddress().getPort(), labels));
    prometheus =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + folder.resolve("tsdb"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
  }

  /** Of Prometheus. */
  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Whether the query, in PromQL, gives anything. */
  boolean shows(String query) throws IOException, InterruptedException {
    URI asked =
        URI.create(
            url() + "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
    HttpRequest request = HttpRequest.newBuilder(asked).timeout(Duration.ofSeconds(20)).build();
    String answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    return answer.contains("\"value\"");
  }

  /** No request fails any more, and there are many. */
  void recovers() {
    failsEach = 0;
    answersEach = 10_000;
  }

  void stops() {
    service.stop(0);
  }

  void killPrometheus() throws InterruptedException {
    prometheus.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    service.stop(0);
    prometheus.destroyForcibly();
  }
}
