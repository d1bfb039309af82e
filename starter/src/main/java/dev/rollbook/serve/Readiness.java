package dev.rollbook.serve;

import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Whether Temporal answers, and has the namespace; asked once a second, however many want to know.
 */
public final class Readiness implements BooleanSupplier {

  private static final long WITHIN_MILLIS = 1000;
  private static final long HOLDS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final WorkflowServiceStubs service;
  private final String namespace;
  private boolean answers;
  private long askedAt = System.nanoTime() - HOLDS_NANOS;

  public Readiness(WorkflowServiceStubs service, String namespace) {
    this.service = service;
    this.namespace = namespace;
  }

  @Override
  public synchronized boolean getAsBoolean() {
    if (System.nanoTime() - askedAt >= HOLDS_NANOS) {
      answers = ask();
      askedAt = System.nanoTime();
    }
    return answers;
  }

  private boolean ask() {
    try {
      service
          .blockingStub()
          .withDeadlineAfter(WITHIN_MILLIS, TimeUnit.MILLISECONDS)
          .describeNamespace(DescribeNamespaceRequest.newBuilder().setNamespace(namespace).build());
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }
}
