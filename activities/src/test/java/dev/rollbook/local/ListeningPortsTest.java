package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

@Timeout(60)
@Isolated("binds ports itself: a child that another test forks holds them for a moment")
class ListeningPortsTest {

  @Test
  void a_port_is_free_only_while_nobody_listens_on_either_family() throws IOException {
    Assumptions.assumeTrue(
        Files.isReadable(Path.of("/proc/net/tcp")), "needs Linux, which shows its ports");
    int port;
    for (String address : new String[] {"127.0.0.1", "0.0.0.0", "::"}) {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
        port = socket.getLocalPort();
        assertThat(ListeningPorts.areWithout(port)).as(address).isFalse();
      }
      assertThat(ListeningPorts.areWithout(port)).as(address).isTrue();
    }
  }
}
