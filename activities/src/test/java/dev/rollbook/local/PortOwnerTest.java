package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Finding.Level;
import dev.rollbook.ProcessId;
import dev.rollbook.compose.NeedsDocker;
import dev.rollbook.local.MachineProcesses.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Timeout(60)
@Isolated("binds ports itself: a child that another test forks holds them for a moment")
class PortOwnerTest {

  private static final String IMAGE = "rollbook.local/busybox:1";
  private static final Listener HIDDEN = new Listener(Optional.empty(), "unknown", "unknown");

  @TempDir Path folder;
  private Shop shop;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void a_free_port_means_the_service_is_down() {
    PortOwner owner = PortOwner.of(shop.port, shop.machine);
    assertThat(owner.process()).isEmpty();
    assertThat(owner.finding().level()).isEqualTo(Level.OK);
    assertThat(owner.finding().message()).endsWith("the service is down");
  }

  @Test
  void one_owner_of_our_own_is_the_service() throws IOException {
    ProcessId service = shop.deploy();
    PortOwner owner = PortOwner.of(shop.port, shop.machine);
    assertThat(owner.process()).hasValueSatisfying(p -> assertThat(p.isSameAs(service)).isTrue());
    assertThat(owner.finding().message()).contains("pid " + service.pid(), "java", "user ");
  }

  @Test
  void a_listener_counts_on_any_address_of_either_family() throws IOException {
    for (String address : List.of("0.0.0.0", "::", "127.0.0.1", "::1")) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getByName(address), shop.port));
        assertThat(shop.machine.listeners(shop.port)).as(address).hasSize(1);
      }
    }
    assertThat(shop.machine.listeners(shop.port)).isEmpty();
  }

  @Test
  void two_owners_block_since_either_may_be_the_service() throws IOException {
    ProcessId four = shop.listening(shop.run(shop.service("127.0.0.1")));
    ProcessId six = shop.listening(shop.run(shop.service("::1")));
    PortOwner owner = PortOwner.of(shop.port, shop.machine);
    assertThat(owner.process()).isEmpty();
    assertThat(owner.finding().blocks()).isTrue();
    assertThat(owner.finding().message())
        .contains("has 2 owners", "pid " + four.pid(), "pid " + six.pid());
  }

  @Test
  void a_container_proxy_is_refused_by_name() throws IOException {
    Path java = Path.of(Shop.JAVA).toRealPath();
    Path proxy = Files.createSymbolicLink(folder.resolve("docker-proxy"), java);
    List<String> command = new ArrayList<>(shop.service("-"));
    command.set(0, proxy.toString());
    ProcessId listening = shop.listening(shop.run(command));

    PortOwner owner = PortOwner.of(shop.port, shop.machine);
    assertThat(owner.process()).isEmpty();
    assertThat(owner.finding().blocks()).isTrue();
    assertThat(owner.finding().message())
        .contains("belongs to a container (docker-proxy holds it)", "docker ps --filter publish=");
    assertThat(shop.machine.runs(listening)).isTrue();
  }

  @Test
  @NeedsDocker
  void a_port_that_docker_has_really_published_is_refused() throws IOException {
    String container = "owner-" + shop.port;
    String published = "127.0.0.1:" + shop.port + ":80";
    shop.run(
        "docker", "run", "--rm", "--name", container, "--publish", published, IMAGE, "sleep", "60");
    try {
      await()
          .atMost(Duration.ofSeconds(40))
          .until(() -> !shop.machine.listeners(shop.port).isEmpty());

      PortOwner owner = PortOwner.of(shop.port, shop.machine);
      assertThat(owner.process()).isEmpty();
      assertThat(owner.finding().blocks()).isTrue();
      assertThat(owner.finding().message())
          .contains("belongs to a container", "docker ps --filter publish=" + shop.port);
    } finally {
      shop.run("docker", "kill", container).onExit().join();
    }
  }

  @Test
  void the_port_of_rollbook_itself_is_refused() throws IOException {
    try (ServerSocket ours = new ServerSocket(shop.port)) {
      PortOwner owner = PortOwner.of(ours.getLocalPort(), shop.machine);
      assertThat(owner.process()).isEmpty();
      assertThat(owner.finding().message()).contains("belongs to Rollbook itself");
    }
  }

  @Test
  void a_port_that_answers_without_an_owner_is_refused() {
    PortOwner owner = PortOwner.judge(8080, List.of(), () -> true);
    assertThat(owner.finding().blocks()).isTrue();
    assertThat(owner.finding().message()).contains("answers, but no process that can be seen");
  }

  @Test
  void an_owner_that_is_hidden_is_refused() {
    PortOwner owner = PortOwner.judge(8080, List.of(HIDDEN), () -> true);
    assertThat(owner.finding().blocks()).isTrue();
    assertThat(owner.finding().message())
        .contains("another user's process", "a container", "docker ps --filter publish=8080");
  }

  @Test
  void another_users_process_is_refused_also_for_root_who_would_start_it_as_root() {
    Listener theirs =
        new Listener(Optional.of(new ProcessId(1L << 22, Instant.EPOCH)), "java", "postgres");
    String me = System.getProperty("user.name");
    System.setProperty("user.name", "somebody");
    try {
      PortOwner owner = PortOwner.judge(8080, List.of(theirs), () -> true);
      assertThat(owner.process()).isEmpty();
      assertThat(owner.finding().message()).endsWith("Rollbook must run as postgres");
      System.setProperty("user.name", "root");
      assertThat(PortOwner.judge(8080, List.of(theirs), () -> true).process()).isEmpty();
      System.setProperty("user.name", "postgres");
      assertThat(PortOwner.judge(8080, List.of(theirs), () -> true).process()).isPresent();
    } finally {
      System.setProperty("user.name", me);
    }
  }
}
