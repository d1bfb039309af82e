package dev.rollbook.serve;

import dev.rollbook.catalog.ServeSettings.Signature;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a Grafana has signed must be as it was signed. A message without a signature is none of its:
 * whether its sender is let in, others have decided.
 */
final class Signatures {

  static final String HEADER = "X-Grafana-Alerting-Signature";

  private static final Logger LOG = LoggerFactory.getLogger(Signatures.class);
  private static final String ALGORITHM = "HmacSHA256";
  private static final Duration GOOD_FOR = Duration.ofMinutes(5);

  private final Optional<Signature> settings;
  private final Clock clock;

  Signatures(Optional<Signature> settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * @throws IllegalStateException when the secret is missing or too short; never names its value
   */
  void check() {
    settings.ifPresent(
        signature -> {
          if (signature.secret().reveal().length() < Credentials.SHORTEST) {
            throw new IllegalStateException(
                "serve.signature.secret is shorter than %d characters; make one with `openssl rand -hex 32`"
                    .formatted(Credentials.SHORTEST));
          }
        });
  }

  boolean refuses(Request request, byte[] body) {
    List<String> given = request.getHeaders().getValuesList(HEADER);
    if (settings.isEmpty() || given.isEmpty()) {
      return false;
    }
    try {
      String before = settings.get().timestamp().map(name -> when(request, name) + ":").orElse("");
      byte[] told = HexFormat.of().parseHex(given.get(0).strip());
      return given.size() > 1 || !MessageDigest.isEqual(told, signed(before, body));
    } catch (RuntimeException e) {
      LOG.warn("a signature is not believed: {}", e.getMessage());
      return true;
    }
  }

  /** As it is written, since so it is signed. */
  private String when(Request request, String header) {
    List<String> given = request.getHeaders().getValuesList(header);
    if (given.size() != 1 || !given.get(0).matches("\\d{1,12}")) {
      throw new IllegalArgumentException("no time in " + header);
    }
    long apart = Math.abs(clock.instant().getEpochSecond() - Long.parseLong(given.get(0)));
    if (apart > GOOD_FOR.toSeconds()) {
      throw new IllegalArgumentException("of " + apart + " s before or after now");
    }
    return given.get(0);
  }

  private byte[] signed(String before, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      byte[] key = settings.orElseThrow().secret().reveal().getBytes(StandardCharsets.UTF_8);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      mac.update(before.getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java always has " + ALGORITHM, e);
    }
  }
}
