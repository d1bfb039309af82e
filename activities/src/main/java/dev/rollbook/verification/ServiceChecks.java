package dev.rollbook.verification;

import java.util.List;

/**
 * What proves a service healthy.
 *
 * @param checks what must answer as expected once it is
 */
public record ServiceChecks(HealthCheck health, List<HttpCheck> checks) {

  /** The part of the catalog that verification reads. */
  public interface Catalog {

    /**
     * @throws io.temporal.failure.ApplicationFailure UnknownService, not retried, naming what
     *     exists
     */
    ServiceChecks find(String service, String environment);
  }

  public ServiceChecks {
    checks = List.copyOf(checks);
  }
}
