package dev.rollbook.escalation;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import java.io.EOFException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;

/** Which trouble with a mail server stays: SMTP says so by 5xx, TLS by a handshake that fails. */
final class MailRefusal {

  private MailRefusal() {}

  static boolean isFinal(Throwable thrown) {
    for (Throwable each = thrown; each != null; each = next(each)) {
      String words = String.valueOf(each.getMessage());
      if (status(each) / 100 == 5
          || each instanceof AuthenticationFailedException && !words.startsWith("4")
          || each instanceof SSLHandshakeException && !(each.getCause() instanceof EOFException)
          || each instanceof CertificateException
          || words.contains("unrecognized SSL message")
          || words.contains("STARTTLS is required")) {
        return true;
      }
    }
    return false;
  }

  private static int status(Throwable thrown) {
    if (thrown instanceof SMTPSendFailedException refused) {
      return refused.getReturnCode();
    }
    if (thrown instanceof SMTPAddressFailedException refused) {
      return refused.getReturnCode();
    }
    return thrown instanceof SMTPSenderFailedException refused ? refused.getReturnCode() : 0;
  }

  /** Mail's failures hang in a chain of their own, each perhaps with a cause. */
  private static Throwable next(Throwable thrown) {
    if (thrown instanceof MessagingException chained && chained.getNextException() != null) {
      return chained.getNextException();
    }
    return thrown.getCause();
  }
}
