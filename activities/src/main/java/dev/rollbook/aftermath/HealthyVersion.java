package dev.rollbook.aftermath;

import dev.rollbook.Version;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import java.time.Instant;
import java.util.List;

/**
 * One line of the record of versions.
 *
 * @param target what a withdrawn version was replaced by; null for a healthy one
 * @param planId the rollback that said so
 * @param images as the pods of a healthy revision really ran them; empty elsewhere, and in lines
 *     that were written before they were kept
 */
public record HealthyVersion(
    String service,
    String environment,
    Version version,
    Verdict verdict,
    Version target,
    String planId,
    Instant at,
    List<Image> images) {

  public enum Verdict {
    HEALTHY,
    WITHDRAWN
  }

  public HealthyVersion {
    images = images == null ? List.of() : List.copyOf(images);
  }

  boolean isOf(String service, String environment) {
    return this.service.equals(service) && this.environment.equals(environment);
  }

  boolean isHealthy() {
    return verdict == Verdict.HEALTHY;
  }

  /** The same plan has said the same before. */
  boolean repeats(HealthyVersion other) {
    return planId.equals(other.planId)
        && verdict == other.verdict
        && isOf(other.service, other.environment)
        && version.isSameAs(other.version);
  }
}
