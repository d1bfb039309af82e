package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.rollbook.Secret;
import dev.rollbook.escalation.MailServer.Tls;
import io.temporal.client.ActivityCanceledException;
import io.temporal.failure.ApplicationFailure;
import jakarta.mail.internet.MimeMessage;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EmailChannelTest {

  private static final String FROM = "rollbook@example.com";
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static GreenMail mail;

  private final Message message = Incidents.message(Incidents.notice("oncall@example.com"));

  @BeforeAll
  static void open() {
    mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mail.start();
  }

  @AfterAll
  static void close() {
    mail.stop();
  }

  @BeforeEach
  void empty() throws Exception {
    mail.purgeEmailFromAllMailboxes();
  }

  private static EmailChannel channel(int port, Tls tls, Duration within) {
    return channel(port, tls, within, Optional.empty(), Optional.empty());
  }

  private static EmailChannel channel(
      int port,
      Tls tls,
      Duration within,
      Optional<Secret> password,
      Optional<SSLSocketFactory> trusting) {
    return new EmailChannel(
        "email",
        new MailServer("localhost", port, tls, FROM, password.map(p -> user()), password),
        within,
        trusting);
  }

  private static Secret user() {
    return Incidents.secret("rollbook");
  }

  private static EmailChannel toGreenMail() {
    return channel(mail.getSmtp().getPort(), Tls.NONE, WITHIN);
  }

  private ApplicationFailure failure(EmailChannel channel) {
    return failure(channel, message);
  }

  private static ApplicationFailure failure(EmailChannel channel, Message message) {
    ApplicationFailure failure =
        catchThrowableOfType(ApplicationFailure.class, () -> channel.send(message, () -> {}));
    assertThat(failure).isNotNull();
    assertThat(failure.getOriginalMessage()).startsWith("channel email: ");
    assertThat(failure.toString()).doesNotContain(Incidents.SECRET);
    return failure;
  }

  @Test
  void a_call_says_what_failed_and_how_to_answer() throws Exception {
    String receipt = toGreenMail().send(message, () -> {});

    assertThat(receipt).startsWith("250 ");
    MimeMessage sent = onlyMail();
    assertThat(sent.getSubject())
        .isEqualTo(
            "[shopping-service production] rollback of shopping-service in production failed");
    assertThat(sent.getFrom()).extracting(Object::toString).containsExactly(FROM);
    assertThat(sent.getAllRecipients())
        .extracting(Object::toString)
        .containsExactly("oncall@example.com");
    assertThat(sent.getHeader("Auto-Submitted")).containsExactly("auto-generated");
    assertThat(sent.getContent().toString())
        .contains("the rollback, the database", "C3 failed: the image is missing")
        .contains("rollbook ack shopping-service -e production")
        .doesNotContain(Incidents.SECRET);
  }

  @Test
  void the_same_call_sent_twice_is_the_same_mail_and_all_calls_are_one_thread() throws Exception {
    toGreenMail().send(message, () -> {});
    toGreenMail().send(message, () -> {});

    assertThat(mail.getReceivedMessages()).hasSize(2);
    for (MimeMessage sent : mail.getReceivedMessages()) {
      assertThat(sent.getMessageID()).isEqualTo("<plan-7.oncall.1.pager.1@example.com>");
      assertThat(sent.getHeader("References")).containsExactly("<plan-7@example.com>");
    }
  }

  @Test
  void hostile_text_stays_in_the_subject_and_the_body() throws Exception {
    Notice hostile =
        Incidents.notice(Incidents.incident(Incidents.HOSTILE + " 롤백 실패 🛒"), "a@example.com");

    toGreenMail().send(Incidents.message(hostile), () -> {});

    MimeMessage sent = onlyMail();
    assertThat(sent.getHeader("Bcc")).isNull();
    assertThat(sent.getAllRecipients()).hasSize(1);
    assertThat(sent.getSubject())
        .startsWith("[shopping-service production] down Bcc: evil@example.com <!channel>")
        .endsWith("롤백 실패 🛒")
        .doesNotContain("\u202E", "\u001b", "\n");
    assertThat(sent.getContentType()).startsWith("text/plain; charset=UTF-8");
    assertThat(sent.getContent().toString()).contains("{why}", "롤백 실패 🛒");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "oncall",
        "a@example.com, b@example.com",
        "",
        "a@example.com\r\nBcc: b@example.com"
      })
  void only_one_address_is_a_recipient(String recipient) throws Exception {
    ApplicationFailure failure =
        failure(toGreenMail(), Incidents.message(Incidents.notice(recipient)));

    assertThat(failure.getType()).isEqualTo("ChannelBroken");
    assertThat(failure.getOriginalMessage()).endsWith("mend it in roles");
    assertThat(mail.getReceivedMessages()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "RCPT, 550 no such user, true",
    "RCPT, 451 greylisted, false",
    "MAIL, 553 not your address, true",
    "AUTH, 535 wrong password, true",
    "AUTH, 454 try later, false",
    "greeting, 421 too many of you, false",
    "end of data, 554 looks like spam, true",
    "end of data, 452 disk full, false",
    "end of data, hang up, false",
    "greeting, hang up, false"
  })
  void a_mail_server_says_what_is_for_good(String at, String answer, boolean isForGood)
      throws Exception {
    try (ScriptedMailServer server = ScriptedMailServer.at(at, answer)) {
      ApplicationFailure failure =
          failure(
              channel(
                  server.port(),
                  Tls.NONE,
                  WITHIN,
                  Optional.of(Incidents.secret("${env:TOKEN}")),
                  Optional.empty()));

      assertThat(failure.isNonRetryable()).as(failure.getOriginalMessage()).isEqualTo(isForGood);
      assertThat(failure.getOriginalMessage()).contains("localhost:" + server.port());
      if (!answer.equals(ScriptedMailServer.HANG_UP)) {
        assertThat(failure.getOriginalMessage()).contains(answer.substring(4));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"greeting", "EHLO", "end of data"})
  void a_mail_server_that_falls_silent_is_given_up(String at) throws Exception {
    try (ScriptedMailServer server = ScriptedMailServer.at(at, ScriptedMailServer.SILENCE)) {
      ApplicationFailure failure = failure(channel(server.port(), Tls.NONE, Duration.ofSeconds(1)));

      assertThat(failure.isNonRetryable()).isFalse();
      assertThat(failure.getOriginalMessage()).endsWith("has not taken it within 1 s");
    }
  }

  @Test
  void a_cancelled_call_hangs_up() throws Exception {
    try (ScriptedMailServer server =
        ScriptedMailServer.at("greeting", ScriptedMailServer.SILENCE)) {
      int[] asked = {0};

      assertThatThrownBy(
              () ->
                  channel(server.port(), Tls.NONE, WITHIN)
                      .send(
                          message,
                          () -> {
                            if (asked[0]++ > 0) {
                              throw new ActivityCanceledException();
                            }
                          }))
          .isInstanceOf(ActivityCanceledException.class);
    }
  }

  @Test
  void what_the_server_has_taken_is_sent_however_it_ends() throws Exception {
    try (ScriptedMailServer server = ScriptedMailServer.at("QUIT", ScriptedMailServer.SILENCE)) {
      String receipt = channel(server.port(), Tls.NONE, WITHIN).send(message, () -> {});

      assertThat(receipt).isEqualTo("250 queued as Q1");
    }
  }

  @Test
  void a_server_that_is_not_there_is_tried_again() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }

    assertThat(failure(channel(port, Tls.NONE, WITHIN)).isNonRetryable()).isFalse();
  }

  @Test
  void nothing_is_said_in_the_open_to_a_server_without_tls() throws Exception {
    try (ScriptedMailServer server = ScriptedMailServer.at("none", "")) {
      ApplicationFailure failure =
          failure(
              channel(
                  server.port(),
                  Tls.STARTTLS,
                  WITHIN,
                  Optional.of(Incidents.secret("${env:TOKEN}")),
                  Optional.empty()));

      assertThat(failure.getType()).isEqualTo("ChannelBroken");
      assertThat(server.heard()).noneMatch(line -> line.matches("(AUTH|MAIL|DATA).*"));
    }
  }

  @Test
  void a_missing_password_is_told_by_its_name() {
    ApplicationFailure failure =
        failure(
            channel(
                1,
                Tls.NONE,
                WITHIN,
                Optional.of(Incidents.secret("${env:MAIL_PASSWORD}")),
                Optional.empty()));

    assertThat(failure.isNonRetryable()).isTrue();
    assertThat(failure.getOriginalMessage()).contains("MAIL_PASSWORD");
  }

  private static MimeMessage onlyMail() {
    assertThat(mail.getReceivedMessages()).hasSize(1);
    return mail.getReceivedMessages()[0];
  }
}
