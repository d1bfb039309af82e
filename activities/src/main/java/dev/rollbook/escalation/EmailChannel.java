package dev.rollbook.escalation;

import dev.rollbook.BoundedCalls;
import dev.rollbook.Elapsed;
import dev.rollbook.Secret;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.AddressException;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.angus.mail.smtp.SMTPTransport;

/** E-mail by SMTP. What the server has taken is sent, however the connection ends after that. */
public final class EmailChannel implements Channel {

  private static final Duration WITHIN = Duration.ofSeconds(20);

  private final String to;
  private final MailServer server;
  private final Duration within;
  private final Optional<SSLSocketFactory> trusting;

  public EmailChannel(String name, MailServer server) {
    this(name, server, WITHIN, Optional.empty());
  }

  /**
   * @param trusting in place of what this Java trusts
   */
  EmailChannel(
      String name, MailServer server, Duration within, Optional<SSLSocketFactory> trusting) {
    this.to = "channel " + name;
    this.server = server;
    this.within = within;
    this.trusting = trusting;
  }

  @Override
  public String send(Message message, Runnable whileWaiting) {
    Optional<String> username = server.username().map(secret -> Delivery.reveal(to, secret));
    Optional<String> password = server.password().map(secret -> Delivery.reveal(to, secret));
    Line line = new Line();
    Properties properties = server.properties(line);
    trusting.ifPresent(sockets -> properties.put("mail.smtp.ssl.socketFactory", sockets));
    Session session = Session.getInstance(properties);
    try (BoundedCalls calls =
        new BoundedCalls("e-mail to " + server.host(), trouble(), whileWaiting, line::hangUp)) {
      return calls.call(
          "send",
          within,
          () -> {
            Email email = email(session, message);
            SMTPTransport transport = (SMTPTransport) session.getTransport("smtp");
            try {
              transport.connect(username.orElse(null), password.orElse(null));
              transport.sendMessage(email, email.getAllRecipients());
              return Message.line(transport.getLastServerResponse(), 200);
            } finally {
              line.hangUp();
            }
          });
    }
  }

  private Email email(Session session, Message message) throws MessagingException {
    try {
      return new Email(session, server, message, new Date());
    } catch (AddressException e) {
      throw Delivery.broken(
          to, "the recipient is no e-mail address (" + e.getMessage() + "); mend it in roles");
    }
  }

  private BoundedCalls.Trouble trouble() {
    return new BoundedCalls.Trouble() {
      @Override
      public RuntimeException of(String what, Throwable thrown) {
        if (thrown instanceof RuntimeException known) {
          return known;
        }
        String words = server + ": " + Message.line(words(thrown), 300);
        return MailRefusal.isFinal(thrown)
            ? Delivery.broken(to, words)
            : Delivery.busy(to, words, null);
      }

      @Override
      public RuntimeException silence(String what, Duration limit) {
        return Delivery.busy(
            to, server + " has not taken it within " + Elapsed.describe(limit), null);
      }
    };
  }

  private static String words(Throwable thrown) {
    Throwable cause = thrown.getCause();
    String words = String.valueOf(thrown.getMessage());
    return cause == null || cause.getMessage() == null || words.contains(cause.getMessage())
        ? words
        : words + ": " + cause.getMessage();
  }

  @Override
  public List<Secret> secrets() {
    return Stream.of(server.username(), server.password()).flatMap(Optional::stream).toList();
  }
}
