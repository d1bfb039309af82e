package dev.rollbook.compose;

import static dev.rollbook.compose.LabelledContainers.docker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.compose.ComposeEnvironment.Dependency;
import dev.rollbook.compose.ComposeHealth.Dependencies;
import dev.rollbook.verification.HttpCheck;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NeedsDocker
@Timeout(120)
class DependencyChecksTest {

  private static final String LISTEN = "nc -ll -p 3306 -e cat";

  private final LabelledContainers shop = new LabelledContainers();

  @AfterEach
  void close() throws IOException {
    shop.close();
  }

  @Test
  void a_port_is_asked_from_inside_the_services_network() throws IOException {
    String network = shop.network();
    shop.run("sleep 1000", "--network", network);
    String database = shop.runAs("db", 1, LISTEN, "--network", network, "--network-alias", "db");
    awaitListening(database);
    shop.dependencies = List.of(tcp("db:3306"), tcp("db:3307"), tcp("nosuchname:3306"));

    Dependencies dependencies = check();
    assertThat(dependencies.down()).containsExactly("tcp db:3307", "tcp nosuchname:3306");
    assertThat(dependencies.report().evidence())
        .contains("tcp db:3306: up: connected from inside " + shop.name("shop", 1))
        .contains("tcp db:3307: DOWN: no connection from inside")
        .contains("refused")
        .contains("bad address 'nosuchname'");
    assertThat(docker("top", shop.name("shop", 1))).doesNotContain("nc -w");
  }

  @Test
  void a_port_that_swallows_connections_is_down_and_does_not_hang() throws IOException {
    String network = shop.network();
    shop.run("sleep 1000", "--network", network);
    // an address of the network that nobody has
    String subnet =
        docker("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", network);
    String nobody = subnet.replaceFirst("\\.\\d+/\\d+$", ".77");
    shop.dependencies = List.of(tcp(nobody + ":3306"));
    assertThat(check().down()).containsExactly("tcp " + nobody + ":3306");
  }

  @Test
  void where_the_service_has_no_shell_the_networks_address_is_asked_from_here() throws IOException {
    String network = shop.network();
    shop.run("rm /bin/sh; sleep 1000", "--network", network);
    String database = shop.runAs("db", 1, LISTEN, "--network", network, "--network-alias", "db");
    awaitListening(database);
    await().atMost(Duration.ofSeconds(30)).until(() -> !hasShell());
    shop.dependencies = List.of(tcp("db:3306"), tcp("db:3307"), tcp("elsewhere:3306"));

    Dependencies dependencies = check();
    assertThat(dependencies.down()).containsExactly("tcp db:3307");
    assertThat(dependencies.report().evidence())
        .contains("tcp db:3306: up: connected from here to ")
        .contains("has no shell with nc or bash")
        .contains("tcp elsewhere:3306: cannot be told: ");
    assertThat(dependencies.report().summary())
        .isEqualTo("down: tcp db:3307; cannot be told: tcp elsewhere:3306");
  }

  @Test
  void a_service_that_has_ended_cannot_be_asked_from_inside() throws IOException {
    String network = shop.network();
    docker("wait", shop.run("exit 1", "--network", network));
    shop.dependencies = List.of(tcp("db:3306"));
    Dependencies dependencies = check();
    assertThat(dependencies.down()).isEmpty();
    assertThat(dependencies.report().evidence())
        .contains("cannot be told")
        .contains("does not run, so that nothing can be asked from inside");
  }

  @Test
  void containers_of_other_services_are_named_with_what_is_wrong() throws IOException {
    shop.runAs("fine", 1, "sleep 1000");
    shop.runAs("healthy", 1, "sleep 1000", "--health-cmd", "true", "--health-interval", "200ms");
    String[] failing = {
      "--health-cmd", "false", "--health-interval", "200ms", "--health-retries", "1"
    };
    String sick = shop.runAs("sick", 1, "sleep 1000", failing);
    docker("wait", shop.runAs("gone", 1, "exit 9"));
    String looping = shop.runAs("looping", 1, "exit 1", "--restart", "always");
    docker("pause", shop.runAs("paused", 1, "sleep 1000"));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> inspected(sick, "{{.State.Health.Status}}").equals("unhealthy"));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> inspected(shop.name("healthy", 1), "{{.State.Health.Status}}").equals("healthy"));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Integer.parseInt(inspected(looping, "{{.RestartCount}}")) > 5);
    shop.dependencies =
        List.of("fine", "healthy", "sick", "gone", "looping", "paused", "missing").stream()
            .map(
                name ->
                    new Dependency(
                        name,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(name),
                        isDatabase(name)))
            .toList();

    Dependencies dependencies = check();
    assertThat(dependencies.down()).containsExactly("sick", "gone", "looping", "paused", "missing");
    assertThat(dependencies.databases()).as("a healthy one is none").containsExactly("gone");
    assertThat(dependencies.report().evidence())
        .contains("fine: up: ")
        .contains("healthy: up: ")
        .contains("running, unhealthy")
        .contains("stopped, exit code 9")
        .contains("restarting, ")
        .contains("paused: DOWN: ")
        .contains("missing: project " + shop.project + " has no container of service missing");
  }

  @Test
  void a_url_is_asked_as_a_check_is_and_secrets_are_not_told() throws IOException {
    Secret token = new Secret("${env:TOKEN}", Map.of("TOKEN", "correct-horse-battery"));
    shop.redaction = new Redaction(List.of(token));
    URI url = URI.create("http://127.0.0.1:9/?key=correct-horse-battery");
    HttpCheck check =
        new HttpCheck(
            "config server",
            url,
            200,
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(2),
            Map.of());
    shop.dependencies =
        List.of(
            new Dependency(
                "config", Optional.of(check), Optional.empty(), Optional.empty(), false));
    Dependencies dependencies = check();
    assertThat(dependencies.down()).containsExactly("config");
    assertThat(dependencies.report().evidence())
        .contains("expected 200, got connection refused")
        .doesNotContain("correct-h");
  }

  @Test
  void none_configured_is_none_down() {
    Dependencies dependencies = check();
    assertThat(dependencies.down()).isEmpty();
    assertThat(dependencies.report().summary()).isEqualTo("no dependencies configured");
  }

  private static boolean isDatabase(String name) {
    return List.of("healthy", "gone").contains(name);
  }

  private Dependencies check() {
    return shop.containerHealth().checkDependencies(shop.pinned());
  }

  private static Dependency tcp(String address) {
    return new Dependency(
        "tcp " + address, Optional.empty(), Optional.of(address), Optional.empty(), false);
  }

  private static String inspected(String container, String format) throws IOException {
    return docker("inspect", "-f", format, container);
  }

  private static void awaitListening(String container) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> docker("exec", container, "netstat", "-lnt").contains(":3306"));
  }

  private boolean hasShell() {
    try {
      docker("exec", shop.name("shop", 1), "sh", "-c", "true");
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
