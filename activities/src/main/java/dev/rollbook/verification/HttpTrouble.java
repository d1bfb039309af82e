package dev.rollbook.verification;

import dev.rollbook.Elapsed;
import dev.rollbook.verification.HttpAnswer.Kind;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;

/** What goes wrong on the way to an answer, in words. */
final class HttpTrouble {

  private final URI url;
  private final Duration within;

  HttpTrouble(URI url, Duration within) {
    this.url = url;
    this.within = within;
  }

  HttpAnswer noAnswer() {
    return HttpAnswer.trouble(Kind.NO_ANSWER, "no answer within " + Elapsed.describe(within));
  }

  HttpAnswer explain(Throwable failure) {
    String address = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    if (failure instanceof UnknownHostException) {
      return HttpAnswer.trouble(Kind.UNKNOWN_HOST, "unknown host " + url.getHost());
    }
    // reads have no time limit of their own: only connecting can pass one
    if (failure instanceof SocketTimeoutException || failure instanceof NoRouteToHostException) {
      return HttpAnswer.trouble(
          Kind.CONNECT_TIMEOUT, "no connection to " + address + ": " + words(failure));
    }
    if (failure instanceof ConnectException) {
      return HttpAnswer.trouble(
          words(failure).contains("refused") ? Kind.REFUSED : Kind.CONNECT_TIMEOUT,
          words(failure).contains("refused")
              ? "connection refused by " + address
              : "no connection to " + address + ": " + words(failure));
    }
    if (failure instanceof SSLException) {
      return HttpAnswer.trouble(Kind.TLS, "TLS: " + tls(failure));
    }
    if (failure instanceof HttpException || failure instanceof MessageConstraintException) {
      return HttpAnswer.trouble(Kind.BROKEN_OFF, "the answer is no HTTP: " + words(failure));
    }
    return HttpAnswer.trouble(Kind.BROKEN_OFF, "connection broken off: " + words(failure));
  }

  private static String tls(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String words = words(root);
    if (words.contains("unable to find valid certification path")) {
      return "the certificate is signed by nobody that this Java trusts";
    }
    if (words.matches(".*(Unsupported or u|U)nrecognized SSL message.*")) {
      return "the port speaks no TLS (is it plain http?)";
    }
    if (root instanceof CertificateExpiredException) {
      return "the certificate has expired: " + words;
    }
    if (root instanceof CertificateNotYetValidException) {
      return "the certificate is not valid yet: " + words;
    }
    if (words.contains("No name matching") || words.contains("No subject alternative")) {
      return "the certificate is for another host: " + words;
    }
    return words;
  }

  /** The message, on one line and short: it may hold what the other side sent. */
  private static String words(Throwable failure) {
    String words = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    String line = words.replaceAll("\\s+", " ");
    return line.length() <= 200 ? line : line.substring(0, 200) + "…";
  }
}
