package dev.rollbook.escalation;

import jakarta.mail.Address;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.util.Date;

/** A message as e-mail: the same id whenever it is sent, all of an incident in one thread. */
final class Email extends MimeMessage {

  private static final int LONGEST_SUBJECT = 200;
  private static final String UTF_8 = "UTF-8";

  private final String id;

  Email(Session session, MailServer server, Message message, Date now) throws MessagingException {
    super(session);
    this.id = "<" + message.key() + "@" + server.domain() + ">";
    String thread = "<" + message.thread() + "@" + server.domain() + ">";
    setFrom(new InternetAddress(server.from(), true));
    setRecipients(RecipientType.TO, new Address[] {recipient(message)});
    setSubject(line(message.subject()), UTF_8);
    setSentDate(now);
    setHeader("References", thread);
    setHeader("In-Reply-To", thread);
    setHeader("Auto-Submitted", "auto-generated");
    setHeader("X-Rollbook-Notice", message.key());
    setText(message.body() + "\n\n" + message.answer() + "\n\n-- \n" + message.key() + "\n", UTF_8);
    saveChanges();
  }

  /** No line break gets into a header, whoever wrote the title. */
  private static String line(String subject) {
    return Message.line(subject, LONGEST_SUBJECT);
  }

  private static InternetAddress recipient(Message message) throws MessagingException {
    InternetAddress address = new InternetAddress(message.notice().recipient(), true);
    if (address.isGroup() || !address.getAddress().contains("@")) {
      throw new AddressException("not one address with a domain");
    }
    return address;
  }

  @Override
  protected void updateMessageID() throws MessagingException {
    setHeader("Message-ID", id);
  }
}
