package dev.rollbook.engine;

import io.temporal.serviceclient.WorkflowServiceStubs;
import java.net.URI;
import java.util.Optional;

/** The Temporal service that runs live on, with everything a run needs registered. */
public interface Engine extends AutoCloseable {

  WorkflowServiceStubs service();

  String namespace();

  /** One line, printed before anything is done: which service, and where its state is. */
  String describe();

  /** False when unfinished runs are lost with this process, and must be journaled elsewhere. */
  boolean keepsHistory();

  /** True when this process and its like are its only users, and its only workers. */
  boolean isEmbedded();

  Optional<URI> webUi();

  /** Leaves the engine. An embedded one that nobody else uses is gone when this returns. */
  @Override
  void close();
}
