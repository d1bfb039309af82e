package dev.rollbook.catalog;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Failures;
import dev.rollbook.Secret;
import dev.rollbook.compose.ComposeEnvironment;
import dev.rollbook.local.LocalEnvironment;
import dev.rollbook.verification.HttpCheck;
import dev.rollbook.verification.ServiceChecks;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A service in one environment: local or compose, and null for the other.
 *
 * @param where {@code shopping-service in staging}
 */
record Home(String where, CatalogEntry entry, LocalEnvironment local, ComposeEnvironment compose) {

  /** For what a step does besides waiting. */
  private static final Duration SPARE = Duration.ofSeconds(30);

  /** Containers end within their own grace period, which we do not know here. */
  private static final Duration OWN_GRACE = Duration.ofSeconds(60);

  static Home of(String where, String taskQueue, LocalEnvironment local) {
    CatalogEntry entry =
        new CatalogEntry(
            CatalogEntry.Kind.LOCAL,
            taskQueue,
            local.stopGrace().plus(SPARE),
            local.build().within().plus(local.start().within()).plus(SPARE),
            local.health().within().plus(SPARE),
            local.build().within().plus(SPARE),
            Duration.ZERO);
    return new Home(where, entry, local, null);
  }

  static Home of(String where, String taskQueue, ComposeEnvironment compose) {
    CatalogEntry entry =
        new CatalogEntry(
            CatalogEntry.Kind.COMPOSE,
            taskQueue,
            compose.stopGrace().orElse(OWN_GRACE).plus(SPARE),
            compose.startWithin().plus(SPARE),
            compose.health().within().plus(SPARE),
            compose
                .rebuild()
                .map(rebuild -> rebuild.command().within())
                .orElse(LocalFields.BUILD_WITHIN)
                .plus(SPARE),
            compose.approvalWithin());
    return new Home(where, entry, null, compose);
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure WrongKind, not retried
   */
  LocalEnvironment asLocal() {
    if (local == null) {
      throw wrongKind("RollbackLocal");
    }
    return local;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure WrongKind, not retried
   */
  ComposeEnvironment asCompose() {
    if (compose == null) {
      throw wrongKind("RollbackCompose");
    }
    return compose;
  }

  ServiceChecks checks() {
    return local == null
        ? new ServiceChecks(compose.health(), compose.checks())
        : new ServiceChecks(local.health(), local.checks());
  }

  /** Everything that may hold one. */
  Stream<Secret> secrets() {
    ServiceChecks checks = checks();
    Stream<Map<String, Secret>> all =
        Stream.of(
                Stream.of(local == null ? compose.variables() : local.variables()),
                Stream.of(checks.health().headers()),
                checks.checks().stream().map(HttpCheck::headers))
            .flatMap(maps -> maps);
    return all.flatMap(secrets -> secrets.values().stream());
  }

  private RuntimeException wrongKind(String workflow) {
    return Failures.hopeless(
        "WrongKind",
        "%s is of kind %s, which %s cannot roll back; start Rollback, which chooses by kind"
            .formatted(where, entry.kind().name().toLowerCase(Locale.ROOT), workflow));
  }
}
