package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.rollbook.Outcome;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.Version;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.InProcessWorker;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole runs of what is no Deployment: their revisions are ControllerRevisions. */
@NeedsKubernetes
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class OtherWorkloadsIT {

  @ParameterizedTest
  @EnumSource(names = {"STATEFULSET", "DAEMONSET"})
  void goes_back_and_proves_it(Workload kind, @TempDir Path folder) throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, kind, Behaviour.UP);
        Receiver gateway = new Receiver(exchange -> forward(exchange, shop))) {
      shop.check(gateway.url("/api/products"));
      String bad = shop.cluster().pods().get(0).getMetadata().getName();
      int pods = shop.cluster().pods().size();

      Run run = run(folder);

      assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.ROLLED_BACK);
      assertThat(run.target())
          .isEqualTo(
              Version.controllerRevision(
                  shop.cluster().revision(shop.target()).getMetadata().getUid(),
                  "revision 1 (rollbook.local/shop:good)"));
      assertThat(step(run, "C1").evidence()).contains("running now", shop.target().reference());
      assertThat(step(run, "E1").evidence()).contains("pod " + bad);
      assertThat(step(run, "C8").evidence()).contains("gateway");
      assertThat(gateway.requests()).isNotEmpty();
      assertThat(step(run, "C9").status()).isEqualTo(Step.Status.DONE);
      assertThat(step(run, "H1").status()).isEqualTo(Step.Status.DONE);
      assertThat(shop.cluster().pods(shop.target())).hasSize(pods);
      assertThat(shop.cluster().pods()).hasSize(pods);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"STATEFULSET", "DAEMONSET"})
  void is_stopped_where_the_target_is_bad_too(Workload kind, @TempDir Path folder)
      throws Exception {
    try (ProductionShop shop = new ProductionShop(folder, kind, Behaviour.DOWN)) {
      Run run = run(folder);

      assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.STOPPED);
      assertThat(run.reason()).startsWith("C7 failed").endsWith("the service was stopped");
      assertThat(step(run, "S1").status()).isEqualTo(Step.Status.DONE);
      assertThat(shop.cluster().pods()).isEmpty();
      assertThat(shop.cluster().workload().getMetadata().getAnnotations())
          .containsEntry(OwnAnnotations.STOPPED_BY, run.plan().pinned().planId());
    }
  }

  /** As an ingress: to a pod that is there now. */
  private static void forward(HttpExchange exchange, ProductionShop shop) throws IOException {
    String pod = shop.cluster().pods().get(0).getStatus().getPodIP();
    try (InputStream answer =
        URI.create("http://" + pod + ":8083" + exchange.getRequestURI()).toURL().openStream()) {
      Receiver.status(200, new String(answer.readAllBytes(), StandardCharsets.UTF_8))
          .answer(exchange);
    }
  }

  private static Run run(Path folder) throws Exception {
    try (InProcessWorker worker = new InProcessWorker(folder)) {
      return worker.run(RollbackRequest.of(KubernetesShop.NAME, ProductionShop.ENVIRONMENT));
    }
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }
}
