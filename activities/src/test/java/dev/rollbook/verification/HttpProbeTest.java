package dev.rollbook.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.rollbook.Secret;
import dev.rollbook.verification.HttpAnswer.Kind;
import io.temporal.client.ActivityCanceledException;
import io.temporal.failure.ApplicationFailure;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Isolated("looks at all threads")
class HttpProbeTest {

  private static final Duration WITHIN = Duration.ofMillis(700);

  private final HttpProbe probe = new HttpProbe();

  /** Servers that never come to an end. */
  enum Endless implements HostileServer.Behaviour {
    SILENT {
      @Override
      public void answer(Socket client) throws Exception {
        Thread.sleep(60_000);
      }
    },
    ONE_BYTE_A_SECOND {
      @Override
      public void answer(Socket client) throws Exception {
        write(client, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (true) {
          write(client, "x");
          Thread.sleep(200);
        }
      }
    },
    HEADERS_SLOWLY {
      @Override
      public void answer(Socket client) throws Exception {
        write(client, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; ; i++) {
          write(client, "X-H" + i + ": y\r\n");
          Thread.sleep(50);
        }
      }
    },
    HEADERS_ONLY {
      @Override
      public void answer(Socket client) throws Exception {
        write(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        Thread.sleep(60_000);
      }
    },
    CONTINUE_FOR_EVER {
      @Override
      public void answer(Socket client) throws Exception {
        while (true) {
          write(client, "HTTP/1.1 100 Continue\r\n\r\n");
          Thread.sleep(20);
        }
      }
    };

    static void write(Socket client, String text) throws Exception {
      client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      client.getOutputStream().flush();
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_answer_without_an_end_is_cut_at_the_time_limit_with_its_connection(Endless endless)
      throws Exception {
    try (HostileServer server = new HostileServer(endless)) {
      long start = System.nanoTime();
      HttpAnswer answer = ask(server.url(), WITHIN);
      Duration took = Duration.ofNanos(System.nanoTime() - start);

      assertThat(answer.kind()).isEqualTo(Kind.NO_ANSWER);
      assertThat(answer.describe()).isEqualTo("no answer within 700 ms");
      assertThat(took).isLessThan(WITHIN.plusSeconds(10));
      await().atMost(Duration.ofSeconds(20)).until(server::isLeftAlone);
    }
  }

  @Test
  void ten_questions_without_an_answer_leave_no_thread_behind() throws Exception {
    try (HostileServer server = new HostileServer(Endless.SILENT)) {
      Duration quickly = Duration.ofMillis(500);
      probe.ask(server.url(), Map.of(), quickly, () -> {});
      for (int i = 0; i < 9; i++) {
        probe.ask(server.url(), Map.of(), quickly, () -> {});
      }
      await().atMost(Duration.ofSeconds(20)).until(() -> server.accepted() >= 10);
      await().atMost(Duration.ofSeconds(20)).until(() -> clientThreads() == 0);
      await().atMost(Duration.ofSeconds(20)).until(server::isLeftAlone);
      assertThat(server.accepted()).isEqualTo(10);
    }
  }

  @Test
  void a_body_of_100_megabytes_is_cut_after_64_kibibytes_and_the_connection_closed()
      throws Exception {
    AtomicInteger megabytes = new AtomicInteger();
    try (HostileServer server =
        new HostileServer(
            client -> {
              Endless.write(client, "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
              for (int i = 0; i < 100; i++) {
                client.getOutputStream().write(new byte[1024 * 1024]);
                megabytes.incrementAndGet();
              }
            })) {
      HttpAnswer answer = ask(server.url());

      assertThat(answer.cut()).isTrue();
      assertThat(answer.body()).hasSize(64 * 1024);
      assertThat(answer.describe()).isEqualTo("200, more than 64 KiB (the rest was not read)");
      await().atMost(Duration.ofSeconds(20)).until(server::isLeftAlone);
      assertThat(megabytes).hasValueLessThan(50);
    }
  }

  @Test
  void a_stream_without_end_is_cut_before_the_time_limit() throws Exception {
    try (HostileServer server =
        new HostileServer(
            client -> {
              Endless.write(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
              while (true) {
                Endless.write(client, "400\r\n" + "x".repeat(1024) + "\r\n");
              }
            })) {
      assertThat(ask(server.url()).cut()).isTrue();
      await().atMost(Duration.ofSeconds(20)).until(server::isLeftAlone);
    }
  }

  @Test
  void a_status_line_without_end_costs_neither_memory_nor_time() throws Exception {
    try (HostileServer server =
        new HostileServer(
            client -> {
              Endless.write(client, "HTTP/1.1 200 ");
              while (true) {
                Endless.write(client, "a".repeat(65536));
              }
            })) {
      HttpAnswer answer = ask(server.url());
      assertThat(answer.isAnswered()).isFalse();
      assertThat(answer.describe().length()).isLessThan(300);
      await().atMost(Duration.ofSeconds(20)).until(server::isLeftAlone);
    }
  }

  @Test
  void a_connection_that_ends_midway_is_told_from_one_that_never_came() throws Exception {
    try (HostileServer closes = new HostileServer(Socket::close);
        HostileServer half =
            new HostileServer(
                client -> {
                  Endless.write(client, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"sta");
                  client.close();
                });
        HostileServer noise =
            new HostileServer(client -> Endless.write(client, "SSH-2.0-x\r\n\r\n"))) {
      assertThat(ask(closes.url()).describe()).startsWith("connection broken off: ");
      assertThat(ask(half.url()).describe()).startsWith("connection broken off: ");
      assertThat(ask(noise.url()).describe()).startsWith("the answer is no HTTP: ");
    }
  }

  @Test
  void refused_unknown_and_unreachable_are_told_apart() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    HttpAnswer refused = ask(URI.create("http://127.0.0.1:" + free + "/"));
    assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
    assertThat(refused.describe()).isEqualTo("connection refused by 127.0.0.1:" + free);

    HttpAnswer unknown =
        probe.ask(
            URI.create("http://no-such.invalid/"), Map.of(), Duration.ofSeconds(20), () -> {});
    assertThat(unknown.describe()).isEqualTo("unknown host no-such.invalid");

    List<SocketChannel> crowd = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      InetSocketAddress address = new InetSocketAddress("127.0.0.1", full.getLocalPort());
      for (int i = 0; i < 6; i++) {
        SocketChannel waiting = SocketChannel.open();
        waiting.configureBlocking(false);
        waiting.connect(address);
        crowd.add(waiting);
      }
      // longer than a connection may take
      HttpAnswer unreachable =
          ask(URI.create("http://127.0.0.1:" + full.getLocalPort() + "/"), Duration.ofSeconds(8));
      assertThat(unreachable.kind()).as(unreachable.describe()).isEqualTo(Kind.CONNECT_TIMEOUT);
    } finally {
      for (SocketChannel waiting : crowd) {
        waiting.close();
      }
    }
  }

  @Test
  void tls_on_a_plain_port_is_explained() throws Exception {
    try (ServerSocket answersInPlainText =
        new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
      Thread server =
          new Thread(
              () -> {
                try (Socket client = answersInPlainText.accept();
                    OutputStream out = client.getOutputStream()) {
                  client.getInputStream().read();
                  out.write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                } catch (Exception gone) {
                  // the client went away
                }
              });
      server.setDaemon(true);
      server.start();
      URI url = URI.create("https://127.0.0.1:" + answersInPlainText.getLocalPort() + "/");
      // the first use of TLS reads the trust store, which takes a while
      HttpAnswer answer = probe.ask(url, Map.of(), Duration.ofSeconds(20), () -> {});
      assertThat(answer.kind()).as(answer.describe()).isEqualTo(Kind.TLS);
      assertThat(answer.describe()).contains("speaks no TLS");
    }
  }

  @Test
  void a_certificate_that_nobody_signed_is_explained(@TempDir Path directory) throws Exception {
    Path store = directory.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "a",
                "-dname",
                "CN=localhost",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    char[] password = "changeit".toCharArray();
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(KeyStore.getInstance(store.toFile(), password), password);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.start();
    try {
      URI url = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/");
      HttpAnswer answer = probe.ask(url, Map.of(), Duration.ofSeconds(20), () -> {});
      assertThat(answer.describe())
          .isEqualTo("TLS: the certificate is signed by nobody that this Java trusts");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void a_redirect_is_told_and_not_followed() throws Exception {
    try (HostileServer other = new HostileServer(Socket::close);
        HostileServer server =
            new HostileServer(
                client ->
                    Endless.write(
                        client,
                        "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: "
                            + other.url()
                            + "\r\n\r\n"))) {
      assertThat(ask(server.url()).describe()).isEqualTo("301 to " + other.url());
      assertThat(other.accepted()).isZero();
    }
  }

  @Test
  void a_beat_that_throws_ends_the_exchange_at_once() throws Exception {
    try (HostileServer server = new HostileServer(Endless.SILENT)) {
      ActivityCanceledException ended = new ActivityCanceledException();
      long start = System.nanoTime();
      assertThatThrownBy(
              () ->
                  probe.ask(
                      server.url(),
                      Map.of(),
                      Duration.ofSeconds(30),
                      () -> {
                        throw ended;
                      }))
          .isSameAs(ended);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      await().atMost(Duration.ofSeconds(20)).until(server::isLeftAlone);
    }
  }

  @Test
  void a_header_that_cannot_be_sent_is_hopeless_and_its_value_is_not_told() {
    URI url = URI.create("http://127.0.0.1:1/");
    Secret twoLines = new Secret("${env:T}", Map.of("T", "sword\r\nfish"));
    assertThatThrownBy(() -> probe.ask(url, Map.of("X-Token", twoLines), WITHIN, () -> {}))
        .isInstanceOfSatisfying(
            ApplicationFailure.class, failure -> assertThat(failure.isNonRetryable()).isTrue())
        .hasMessageContaining("X-Token")
        .hasMessageNotContaining("sword");
    Secret missing = new Secret("${env:NOWHERE}", Map.of());
    assertThatThrownBy(() -> probe.ask(url, Map.of("X-Token", missing), WITHIN, () -> {}))
        .hasMessageContaining("NOWHERE");
  }

  private HttpAnswer ask(URI url) {
    return ask(url, Duration.ofSeconds(20));
  }

  private HttpAnswer ask(URI url, Duration within) {
    return probe.ask(url, Map.of(), within, () -> {});
  }

  private static long clientThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("asking "))
        .count();
  }
}
