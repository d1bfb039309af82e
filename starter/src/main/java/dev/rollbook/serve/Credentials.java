package dev.rollbook.serve;

import dev.rollbook.Secret;
import dev.rollbook.catalog.ServeSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint.SslSessionData;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is let in: any one of the ways that the catalog names is enough. Secrets are read anew each
 * time, so that a changed file counts at once; comparing takes as long for a wrong one as for the
 * right one.
 */
final class Credentials {

  static final int SHORTEST = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);

  private final ServeSettings settings;

  Credentials(ServeSettings settings) {
    this.settings = settings;
  }

  /**
   * @throws IllegalStateException naming a secret that is missing or too short, never a value
   */
  void check() {
    check("bearer", settings.bearer());
    check("basic", settings.basic());
  }

  private static void check(String kind, Map<String, Secret> secrets) {
    secrets.forEach(
        (name, secret) -> {
          if (secret.reveal().length() < SHORTEST) {
            throw new IllegalStateException(
                "serve.%s.%s is shorter than %d characters; make one with `openssl rand -hex 32`"
                    .formatted(kind, name, SHORTEST));
          }
        });
  }

  boolean letIn(Request request) {
    if (!settings.authenticates()) {
      return true;
    }
    List<String> given = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
    if (given.isEmpty()) {
      return hasCertificate(request);
    }
    String[] words = given.get(0).split(" ", 2);
    if (given.size() > 1 || words.length < 2) {
      return false;
    }
    return switch (words[0].toLowerCase(Locale.ROOT)) {
      case "bearer" -> isOneOf(words[1].strip(), revealed(settings.bearer(), false));
      case "basic" -> isOneOf(decoded(words[1].strip()), revealed(settings.basic(), true));
      default -> false;
    };
  }

  /** What a client may try. */
  String challenge() {
    return (settings.bearer().isEmpty() && !settings.basic().isEmpty() ? "Basic" : "Bearer")
        + " realm=\"rollbook\"";
  }

  /** One that no listed authority has signed does not come through the handshake. */
  private boolean hasCertificate(Request request) {
    return settings.tls().flatMap(ServeSettings.Tls::clients).isPresent()
        && request.getAttribute(SslSessionData.ATTRIBUTE) instanceof SslSessionData session
        && session.peerCertificates() != null
        && session.peerCertificates().length > 0;
  }

  /** Users stand before their passwords, as a client writes them. */
  private static List<String> revealed(Map<String, Secret> secrets, boolean withName) {
    List<String> values = new ArrayList<>();
    secrets.forEach(
        (name, secret) -> {
          try {
            String value = secret.reveal();
            if (value.length() >= SHORTEST) {
              values.add(withName ? name + ":" + value : value);
            }
          } catch (RuntimeException e) {
            LOG.warn("'{}' lets nobody in: {}", name, e.getMessage());
          }
        });
    return values;
  }

  private static boolean isOneOf(String given, List<String> values) {
    byte[] digest = digest(given);
    boolean found = false;
    for (String value : values) {
      found |= MessageDigest.isEqual(digest, digest(value));
    }
    return found;
  }

  /** As long as any other, so that not even the length is told. */
  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Java always has SHA-256", e);
    }
  }

  private static String decoded(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
