package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.rollbook.SelfSigned;
import dev.rollbook.escalation.MailServer.Tls;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmailOverTlsTest {

  private static final Duration WITHIN = Duration.ofSeconds(20);

  @TempDir static Path folder;
  private static SSLSocketFactory serving;
  private static SSLSocketFactory trusting;

  private final Message message = Incidents.message(Incidents.notice("oncall@example.com"));

  @BeforeAll
  static void certify() throws Exception {
    Path store = folder.resolve("localhost.p12");
    KeyStore own = SelfSigned.in(store, "dns:localhost");
    System.setProperty("greenmail.tls.keystore.file", store.toString());
    System.setProperty("greenmail.tls.keystore.password", new String(SelfSigned.password()));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, SelfSigned.password());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(own);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    serving = tls.getSocketFactory();
    trusting = tls.getSocketFactory();
  }

  private static EmailChannel channel(
      String host, int port, Tls tls, Optional<SSLSocketFactory> trusting) {
    return new EmailChannel(
        "email",
        new MailServer(
            host,
            port,
            tls,
            "rollbook@example.com",
            Optional.of(Incidents.secret("rollbook")),
            Optional.of(Incidents.secret("${env:TOKEN}"))),
        WITHIN,
        trusting);
  }

  private ApplicationFailure failure(EmailChannel channel) {
    ApplicationFailure failure =
        catchThrowableOfType(ApplicationFailure.class, () -> channel.send(message, () -> {}));
    assertThat(failure).isNotNull();
    assertThat(failure.toString()).doesNotContain(Incidents.SECRET);
    return failure;
  }

  @Test
  void tls_from_the_first_byte_wants_a_server_that_is_who_it_should_be() throws Exception {
    GreenMail mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTPS));
    mail.setUser("oncall@example.com", "rollbook", Incidents.SECRET);
    mail.start();
    try {
      int port = mail.getSmtps().getPort();
      channel("localhost", port, Tls.REQUIRED, Optional.of(trusting)).send(message, () -> {});

      ApplicationFailure untrusted =
          failure(channel("localhost", port, Tls.REQUIRED, Optional.empty()));
      ApplicationFailure another =
          failure(channel("127.0.0.1", port, Tls.REQUIRED, Optional.of(trusting)));

      assertThat(mail.getReceivedMessages()).hasSize(1);
      assertThat(untrusted.getType()).isEqualTo("ChannelBroken");
      assertThat(another.getType()).isEqualTo("ChannelBroken");
    } finally {
      mail.stop();
    }
  }

  @Test
  void the_password_is_told_only_once_the_line_is_private() throws Exception {
    try (ScriptedMailServer server = new ScriptedMailServer(Map.of(), serving)) {
      channel("localhost", server.port(), Tls.STARTTLS, Optional.of(trusting))
          .send(message, () -> {});

      assertThat(server.heard()).anyMatch(line -> line.startsWith("private AUTH"));
      assertThat(server.heard())
          .filteredOn(line -> !line.startsWith("private "))
          .allMatch(line -> line.matches("(EHLO|STARTTLS).*"));
    }
  }

  @Test
  void a_server_without_tls_is_for_good_not_to_be_had() throws Exception {
    try (ScriptedMailServer server = new ScriptedMailServer(Map.of(), null)) {
      ApplicationFailure failure =
          failure(channel("localhost", server.port(), Tls.REQUIRED, Optional.of(trusting)));

      assertThat(failure.getType()).isEqualTo("ChannelBroken");
    }
  }
}
