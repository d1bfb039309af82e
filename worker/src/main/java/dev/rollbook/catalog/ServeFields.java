package dev.rollbook.catalog;

import dev.rollbook.Secret;
import dev.rollbook.catalog.ServeSettings.Limits;
import dev.rollbook.catalog.ServeSettings.Signature;
import dev.rollbook.catalog.ServeSettings.Tls;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Reads how {@code rollbook serve} is reached. Files are looked at when it is started. */
final class ServeFields {

  private static final String ADDRESS = "127.0.0.1";
  private static final int PORT = 8090;
  private static final int LARGEST_BODY = 64 << 20;

  private final Path folder;
  private final Problems problems;
  private final Fields fields;
  private final SecretFields secrets;

  ServeFields(Path folder, Map<String, String> environment, Problems problems) {
    this.folder = folder;
    this.problems = problems;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
  }

  ServeSettings read(Value root) {
    Value at = root.part("serve");
    return new ServeSettings(
        fields.text(at, "address").orElse(ADDRESS),
        fields.number(at, "port", PORT),
        fields.url(at, "ui"),
        at.member("tls").flatMap(this::tls),
        secrets.keys(at, "bearer"),
        secrets.keys(at, "basic"),
        at.member("signature").flatMap(this::signature),
        limits(at.part("limits")));
  }

  /** Empty where the certificate is missing, which the schema has told. */
  private Optional<Tls> tls(Value at) {
    Optional<Path> key = fields.path(at, "key", folder);
    Optional<Secret> password = secrets.secret(at, "password");
    Optional<Tls> tls =
        fields
            .path(at, "certificate", folder)
            .map(file -> new Tls(file, key, password, fields.path(at, "clients", folder)));
    tls.ifPresent(read -> checkKey(at, read));
    return tls;
  }

  private Optional<Signature> signature(Value at) {
    return secrets
        .secret(at, "secret")
        .map(secret -> new Signature(secret, fields.text(at, "timestamp")));
  }

  private void checkKey(Value at, Tls tls) {
    if (tls.isPkcs12() && tls.key().isPresent()) {
      problems.addFirst(
          at.part("key").place(), at.part("key").where(), "a PKCS12 file has the key in it");
    } else if (!tls.isPkcs12() && tls.key().isEmpty()) {
      problems.addFirst(
          at.part("certificate").place(),
          at.part("certificate").where(),
          "a PEM file needs its 'key'");
    }
  }

  private Limits limits(Value at) {
    long body = fields.bytes(at, "body", Limits.USUAL.bodyBytes());
    if (body < 1 || body > LARGEST_BODY) {
      Value written = at.part("body");
      problems.addFirst(written.place(), written.where(), "must be from 1B to 64MB");
    }
    return new Limits(
        (int) Math.min(body, LARGEST_BODY),
        fields.number(at, "alerts", Limits.USUAL.alerts()),
        fields.number(at, "connections", Limits.USUAL.connections()),
        fields.duration(at, "request", Limits.USUAL.request()),
        fields.duration(at, "idle", Limits.USUAL.idle()));
  }
}
