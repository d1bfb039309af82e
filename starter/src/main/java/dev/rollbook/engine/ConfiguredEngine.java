package dev.rollbook.engine;

import dev.rollbook.ConfiguredTemporal;
import dev.rollbook.ServiceConnection;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.net.URI;
import java.util.Optional;

/** A Temporal service that an operator has named, and that others run. */
record ConfiguredEngine(ConfiguredTemporal temporal, ServiceConnection connection)
    implements Engine {

  @Override
  public WorkflowServiceStubs service() {
    return connection.service();
  }

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

  @Override
  public void close() {
    connection.close();
  }
}
