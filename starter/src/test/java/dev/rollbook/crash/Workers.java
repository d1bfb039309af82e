package dev.rollbook.crash;

import dev.rollbook.RollbackRequest;
import dev.rollbook.TaskQueues;
import dev.rollbook.compose.CountedShop;
import dev.rollbook.kubernetes.KubernetesShop;
import dev.rollbook.kubernetes.ProductionShop;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.nio.file.Path;

/** {@code rollbook worker} against a Temporal server, and runs that others start there. */
final class Workers {

  private Workers() {}

  static Rollbook at(Path folder, TemporalServer temporal, String namespace) {
    return new Rollbook(folder)
        .with("TEMPORAL_ADDRESS", temporal.address())
        .with("TEMPORAL_NAMESPACE", namespace);
  }

  /** Returns when it polls. */
  static Rollbook.Running start(Path folder, TemporalServer temporal, String namespace)
      throws IOException {
    return at(folder, temporal, namespace).worker();
  }

  static Rollbook at(CountedShop shop, TemporalServer temporal, String namespace) {
    return at(shop.folder(), temporal, namespace).with("PATH", shop.path());
  }

  /** Returns when it polls. */
  static Rollbook.Running start(CountedShop shop, TemporalServer temporal, String namespace)
      throws IOException {
    return at(shop, temporal, namespace).worker();
  }

  /** As Temporal UI starts it. */
  static WorkflowStub run(WorkflowClient client) {
    return run(
        client, LocalShop.RUN_ID, RollbackRequest.of(LocalShop.SERVICE, LocalShop.ENVIRONMENT));
  }

  static WorkflowStub run(WorkflowClient client, CountedShop shop) {
    return run(client, CountedShop.RUN_ID, shop.request());
  }

  static WorkflowStub runInProduction(WorkflowClient client) {
    return run(
        client,
        ProductionShop.RUN_ID,
        RollbackRequest.of(KubernetesShop.NAME, ProductionShop.ENVIRONMENT));
  }

  private static WorkflowStub run(WorkflowClient client, String id, RollbackRequest request) {
    WorkflowStub run =
        client.newUntypedWorkflowStub(
            "Rollback",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(id)
                .build());
    run.start(request);
    return run;
  }
}
