package dev.rollbook.escalation;

import dev.rollbook.Secret;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import javax.net.SocketFactory;

/**
 * Where e-mail is handed in.
 *
 * @param from an address; its domain is that of the messages' ids
 */
public record MailServer(
    String host,
    int port,
    Tls tls,
    String from,
    Optional<Secret> username,
    Optional<Secret> password) {

  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

  public enum Tls {
    /** From the first byte on. */
    REQUIRED,
    /** Begun by a command; nothing is sent to a server that lacks it. */
    STARTTLS,
    /** For a server on this machine only. */
    NONE
  }

  Properties properties(SocketFactory sockets) {
    Properties properties = new Properties();
    properties.put("mail.smtp.host", host);
    properties.put("mail.smtp.port", String.valueOf(port));
    properties.put("mail.smtp.auth", String.valueOf(username.isPresent()));
    properties.put("mail.smtp.connectiontimeout", String.valueOf(CONNECT_WITHIN.toMillis()));
    properties.put("mail.smtp.timeout", String.valueOf(ANSWER_WITHIN.toMillis()));
    properties.put("mail.smtp.writetimeout", String.valueOf(ANSWER_WITHIN.toMillis()));
    properties.put("mail.smtp.quitwait", "false");
    properties.put("mail.smtp.ssl.enable", String.valueOf(tls == Tls.REQUIRED));
    properties.put("mail.smtp.starttls.enable", String.valueOf(tls == Tls.STARTTLS));
    properties.put("mail.smtp.starttls.required", String.valueOf(tls == Tls.STARTTLS));
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    properties.put("mail.smtp.ssl.protocols", "TLSv1.3 TLSv1.2");
    properties.put("mail.smtp.socketFactory", sockets);
    properties.put("mail.smtp.socketFactory.fallback", "false");
    return properties;
  }

  String domain() {
    return from.substring(from.lastIndexOf('@') + 1);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
