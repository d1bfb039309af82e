package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;
import dev.rollbook.verification.HealthAnswer;
import dev.rollbook.verification.HttpHealth;
import io.temporal.failure.ApplicationFailure;
import java.util.Optional;

/**
 * Whether the target's pods, and the Service before them, are healthy at this moment: each asked
 * once, through port-forwards. That they are Ready is not the same.
 */
final class HealthNow {

  private final PinnedService service;
  private final KubernetesEnvironment environment;
  private final Cluster cluster;
  private final HttpHealth http;
  private final Runnable whileWaiting;

  HealthNow(
      PinnedService service,
      KubernetesEnvironment environment,
      Cluster cluster,
      HttpHealth http,
      Runnable whileWaiting) {
    this.service = service;
    this.environment = environment;
    this.cluster = cluster;
    this.http = http;
    this.whileWaiting = whileWaiting;
  }

  /** What the first one said that is not UP; empty when all are. */
  Optional<String> trouble() {
    try (Forwards forwards = Forwards.open(service, environment, cluster)) {
      for (Forward each : forwards.all()) {
        HealthAnswer answer = http.probe(environment.health().through(each.end()), whileWaiting);
        if (!answer.isUp()) {
          return Optional.of(
              each.what() + ": " + each.named(environment.health().url(), answer.words()));
        }
      }
      return Optional.empty();
    } catch (ApplicationFailure failure) {
      if (!"NotHealthy".equals(failure.getType())) {
        throw failure;
      }
      return Optional.of(failure.getOriginalMessage());
    }
  }
}
