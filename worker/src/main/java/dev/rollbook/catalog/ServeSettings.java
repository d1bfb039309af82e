package dev.rollbook.catalog;

import dev.rollbook.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How {@code rollbook serve} is reached.
 *
 * @param ui Temporal's web page
 * @param bearer tokens that let a client in, by name
 * @param basic passwords that let a client in, by user
 * @param signature of messages by a Grafana; whoever signs must sign right
 */
public record ServeSettings(
    String address,
    int port,
    Optional<URI> ui,
    Optional<Tls> tls,
    Map<String, Secret> bearer,
    Map<String, Secret> basic,
    Optional<Signature> signature,
    Limits limits) {

  /**
   * @param certificate PEM, or PKCS12 with the key in it
   * @param key PEM; empty with PKCS12
   * @param clients PEM: who signs the certificates of clients that are let in
   */
  public record Tls(
      Path certificate, Optional<Path> key, Optional<Secret> password, Optional<Path> clients) {

    /** By its name, as everywhere. */
    public boolean isPkcs12() {
      return certificate.toString().toLowerCase(Locale.ROOT).matches(".*\\.(p12|pfx)");
    }
  }

  /**
   * HMAC-SHA-256 over a message.
   *
   * @param timestamp the header that says when, which is signed too; empty for none
   */
  public record Signature(Secret secret, Optional<String> timestamp) {}

  /**
   * What one client may ask for.
   *
   * @param bodyBytes of the largest message
   * @param alerts in one message
   * @param request from its first byte to the last one of its answer
   * @param idle of a connection on which nothing is asked
   */
  public record Limits(
      int bodyBytes, int alerts, int connections, Duration request, Duration idle) {

    public static final Limits USUAL =
        new Limits(4 << 20, 10_000, 1000, Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  public ServeSettings {
    bearer = Map.copyOf(bearer);
    basic = Map.copyOf(basic);
  }

  /** True when not everybody who reaches it is let in. */
  public boolean authenticates() {
    return !bearer.isEmpty() || !basic.isEmpty() || tls.flatMap(Tls::clients).isPresent();
  }

  /** Everything that may hold one. */
  Stream<Secret> secrets() {
    return Stream.of(
            bearer.values().stream(),
            basic.values().stream(),
            tls.flatMap(Tls::password).stream(),
            signature.map(Signature::secret).stream())
        .flatMap(each -> each);
  }
}
