package dev.rollbook;

import io.temporal.activity.ActivityInterface;

/** Which services there are, and where. */
@ActivityInterface(namePrefix = "ServiceCatalog")
public interface ServiceCatalog {

  /**
   * Reads only.
   *
   * @throws io.temporal.failure.ApplicationFailure UnknownService, not retried, naming the services
   *     and environments that exist
   */
  CatalogEntry find(String service, String environment);
}
