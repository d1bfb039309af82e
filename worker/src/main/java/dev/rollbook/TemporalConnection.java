package dev.rollbook;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.converter.DataConverter;
import io.temporal.common.converter.DataConverterException;
import io.temporal.common.converter.DefaultDataConverter;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.worker.WorkflowImplementationOptions;

/** Where Rollbook talks to Temporal: one way for the worker and for those who ask. */
public final class TemporalConnection {

  private static final DataConverter PAYLOADS =
      DefaultDataConverter.newDefaultInstance()
          .withPayloadConverterOverrides(new ReadablePayloadConverter());

  private TemporalConnection() {}

  /** Both sides must use this one: the SDK's own writes durations that nobody can read. */
  public static DataConverter dataConverter() {
    return PAYLOADS;
  }

  public static WorkflowClient client(WorkflowServiceStubs service, String namespace) {
    return WorkflowClient.newInstance(service, clientOptions(namespace));
  }

  public static WorkflowClientOptions clientOptions(String namespace) {
    return WorkflowClientOptions.newBuilder()
        .setNamespace(namespace)
        .setDataConverter(PAYLOADS)
        .build();
  }

  /**
   * An input that cannot be read fails the run at once, in words. Every other mistake of workflow
   * code waits for a mended worker.
   */
  public static WorkflowImplementationOptions workflowOptions() {
    return WorkflowImplementationOptions.newBuilder()
        .setFailWorkflowExceptionTypes(DataConverterException.class)
        .build();
  }
}
