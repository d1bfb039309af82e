package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.WorkflowIds;
import dev.rollbook.kubernetes.ApiProxy;
import dev.rollbook.kubernetes.ProductionShop;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/**
 * A request to the API server that is on its way when its worker freezes, and arrives, with the
 * worker awake again, when another one has stopped the service.
 */
final class LateRequest implements AutoCloseable {

  /** The time in which one that wakes would have done what it was about to do. */
  private static final Duration WATCHED = Duration.ofSeconds(5);

  private final ProductionShop shop;
  private final TemporalServer temporal;
  private final String namespace;
  private final ApiProxy proxy;
  private final CountDownLatch frozen = new CountDownLatch(1);
  private final CountDownLatch arrives = new CountDownLatch(1);
  private Rollbook.Running zombie;
  private Rollbook.Running other;

  LateRequest(ProductionShop shop, TemporalServer temporal, String namespace) throws Exception {
    this.shop = shop;
    this.temporal = temporal;
    this.namespace = namespace;
    proxy = new ApiProxy(shop.cluster().kubeconfig());
    shop.through(proxy.kubeconfig(shop.folder()));
  }

  WorkflowClient client() {
    return temporal.client(namespace);
  }

  /**
   * Returns when the run has ended and the service is stopped.
   *
   * @param nth of these requests: that one will be late
   */
  Run stoppedBefore(int nth, String request) throws Exception {
    freezeAt(nth, request);
    zombie = Workers.start(shop.folder(), temporal, namespace);
    WorkflowStub run = Workers.runInProduction(client());
    assertThat(frozen.await(180, TimeUnit.SECONDS)).as("frozen").isTrue();
    client()
        .newUntypedWorkflowStub(
            WorkflowIds.section(ProductionShop.RUN_ID, CatalogEntry.Kind.KUBERNETES))
        .signal("cutOff", new Abort("tester", "the worker is frozen"));
    other = Workers.start(shop.folder(), temporal, namespace);
    Run ended = run.getResult(200, TimeUnit.SECONDS, Run.class);
    assertThat(ended.outcome()).as(ended.reason()).isEqualTo(Outcome.STOPPED);
    return ended;
  }

  private void freezeAt(int nth, String request) {
    proxy.whenAsked(request, nth > 1 ? () -> freezeAt(nth - 1, request) : this::freeze);
  }

  private void freeze() {
    signal("STOP");
    frozen.countDown();
    try {
      if (!arrives.await(400, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody went on");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It arrives, its worker may send it again, and all stays as it is. */
  void isInVain(Supplier<?> what) {
    Object before = what.get();
    arrives.countDown();
    signal("CONT");
    Awaitility.await()
        .pollInterval(Duration.ofMillis(200))
        .during(WATCHED)
        .atMost(WATCHED.plusSeconds(20))
        .until(() -> what.get().equals(before));
    assertThat(zombie.process().isAlive()).isTrue();
  }

  private void signal(String signal) {
    try {
      zombie.signalGroup(signal);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    arrives.countDown();
    for (Rollbook.Running worker : new Rollbook.Running[] {zombie, other}) {
      if (worker != null) {
        worker.process().destroyForcibly();
      }
    }
    proxy.close();
  }
}
