package dev.rollbook.catalog;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Failures;
import dev.rollbook.Secret;
import dev.rollbook.compose.ComposeEnvironment;
import dev.rollbook.decision.DecisionPolicy;
import dev.rollbook.decision.ServiceMetrics;
import dev.rollbook.escalation.EscalationPolicy;
import dev.rollbook.kubernetes.KubernetesEnvironment;
import dev.rollbook.local.LocalEnvironment;
import dev.rollbook.verification.HttpCheck;
import dev.rollbook.verification.ServiceChecks;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A service in one environment: local, compose or kubernetes, and null for the others.
 *
 * @param where {@code shopping-service in staging}
 */
record Home(
    String where,
    CatalogEntry entry,
    ServiceChecks checks,
    LocalEnvironment local,
    ComposeEnvironment compose,
    KubernetesEnvironment kubernetes,
    EscalationPolicy escalation,
    Optional<ServiceMetrics> metrics) {

  /**
   * What follows when a rollback fails there, and what goes before one that an alert asks for.
   *
   * @param isAnnounced whether some board is told
   */
  record Failing(
      CatalogEntry.OnFailure onFailure,
      EscalationPolicy escalation,
      boolean isAnnounced,
      DecisionPolicy decision,
      Optional<ServiceMetrics> metrics) {

    private boolean escalates() {
      return isAnnounced || !escalation.levels().isEmpty();
    }
  }

  /** For what a step does besides waiting. */
  private static final Duration SPARE = Duration.ofSeconds(30);

  /**
   * Longer than any container's own grace period, which is not known here: the step itself reads it
   * and waits for no longer. One that was tried again meanwhile would ask a second time.
   */
  private static final Duration OWN_GRACE = Duration.ofHours(1);

  static Home of(String where, String taskQueue, LocalEnvironment local, Failing failing) {
    CatalogEntry entry =
        new CatalogEntry(
            CatalogEntry.Kind.LOCAL,
            taskQueue,
            local.stopGrace().plus(SPARE),
            local.build().within().plus(local.start().within()).plus(SPARE),
            local.health().within().plus(SPARE),
            local.build().within().plus(SPARE),
            Duration.ZERO,
            null,
            failing.onFailure(),
            failing.escalates(),
            failing.decision());
    ServiceChecks checks = new ServiceChecks(local.health(), local.checks());
    return new Home(
        where, entry, checks, local, null, null, failing.escalation(), failing.metrics());
  }

  static Home of(String where, String taskQueue, ComposeEnvironment compose, Failing failing) {
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
            compose.approvalWithin(),
            null,
            failing.onFailure(),
            failing.escalates(),
            failing.decision());
    ServiceChecks checks = new ServiceChecks(compose.health(), compose.checks());
    return new Home(
        where, entry, checks, null, compose, null, failing.escalation(), failing.metrics());
  }

  static Home of(
      String where, String taskQueue, KubernetesEnvironment kubernetes, Failing failing) {
    CatalogEntry entry =
        new CatalogEntry(
            CatalogEntry.Kind.KUBERNETES,
            taskQueue,
            kubernetes.stopWithin().plus(SPARE),
            kubernetes.startWithin().plus(SPARE),
            kubernetes.health().within().plus(kubernetes.stableFor()).plus(SPARE),
            Duration.ZERO,
            kubernetes.approvalWithin(),
            kubernetes.keptAtMost().plus(SPARE),
            failing.onFailure(),
            failing.escalates(),
            failing.decision());
    ServiceChecks checks = new ServiceChecks(kubernetes.health(), kubernetes.checks());
    return new Home(
        where, entry, checks, null, null, kubernetes, failing.escalation(), failing.metrics());
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

  /**
   * @throws io.temporal.failure.ApplicationFailure WrongKind, not retried
   */
  KubernetesEnvironment asKubernetes() {
    if (kubernetes == null) {
      throw wrongKind("RollbackKubernetes");
    }
    return kubernetes;
  }

  /** Everything that may hold one. */
  Stream<Secret> secrets() {
    Stream<Map<String, Secret>> all =
        Stream.of(
                Stream.of(variables()),
                Stream.of(checks.health().headers()),
                checks.checks().stream().map(HttpCheck::headers))
            .flatMap(maps -> maps);
    return Stream.concat(
        all.flatMap(secrets -> secrets.values().stream()),
        metrics.stream().flatMap(asked -> asked.server().secrets()));
  }

  private Map<String, Secret> variables() {
    if (local != null) {
      return local.variables();
    }
    return compose == null ? Map.of() : compose.variables();
  }

  private RuntimeException wrongKind(String workflow) {
    return Failures.hopeless(
        "WrongKind",
        "%s is of kind %s, which %s cannot roll back; start Rollback, which chooses by kind"
            .formatted(where, entry.kind().name().toLowerCase(Locale.ROOT), workflow));
  }
}
