package dev.rollbook.engine;

import dev.rollbook.ConfiguredTemporal;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.net.URI;
import java.util.Optional;

/** A Temporal service that an operator has named, and that others run. */
record ConfiguredEngine(ConfiguredTemporal temporal, WorkflowServiceStubs service)
    implements Engine {

  @Override
  public String namespace() {
    return temporal.namespace();
  }

  @Override
  public String describe() {
    return temporal.describe();
  }

  @Override
  public boolean keepsHistory() {
    return true;
  }

  @Override
  public boolean isEmbedded() {
    return false;
  }

  @Override
  public Optional<URI> webUi() {
    return Optional.empty();
  }

  /** Does not wait for the connection's end: it is others' service, and knows how to miss us. */
  @Override
  public void close() {
    service.shutdownNow();
  }
}
