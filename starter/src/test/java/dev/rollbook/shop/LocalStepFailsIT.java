package dev.rollbook.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.local.MachineProcesses;
import io.temporal.client.WorkflowStub;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Section A, made to fail at each of its steps in turn. */
@Timeout(300)
@Execution(ExecutionMode.CONCURRENT)
class LocalStepFailsIT {

  private static final String SECTION = LocalShop.RUN_ID + "/local";
  private static final RollbackRequest REQUEST =
      RollbackRequest.of(LocalShop.SERVICE, LocalShop.ENVIRONMENT);

  @TempDir Path folder;

  private LocalShop shop;

  @BeforeEach
  void open() throws Exception {
    shop = new LocalShop(folder);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void before_the_first_change_it_is_blocked_and_nobody_is_called() throws Exception {
    try (InProcessWorker worker = deployed("UP")) {
      Plan plan = worker.plan(REQUEST);
      // of another git, which may yet end
      Path lock = Files.writeString(shop.repository().resolve(".git/index.lock"), "");

      Run run = worker.run(REQUEST.withPlan(plan));

      assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.BLOCKED);
      assertThat(run.reason()).startsWith("A1 failed").contains("index.lock", "was not touched");
      assertThat(run.steps()).extracting(Step::id).doesNotContain("N1", "S1");
      assertThat(worker.escalation(REQUEST)).isEmpty();
      assertThat(worker.board()).isEmpty();
      assertThat(listens()).isTrue();
      assertThat(shop.sha("HEAD")).isEqualTo(shop.sha("v3"));
      assertThat(lock).exists();
    }
  }

  @Test
  void a_stop_that_cannot_be_written_down_ends_stopped_all_the_same() throws Exception {
    try (InProcessWorker worker = deployed("UP")) {
      Plan plan = worker.plan(REQUEST);
      // where A2 keeps what had started the service
      Files.createDirectories(
          shop.file(".rollbook/jobs/local/shop")
              .resolve(plan.pinned().planId())
              .resolve("supervisor.json/taken"));

      Run run = worker.run(REQUEST.withPlan(plan));

      stoppedAndTold(worker, run, "A2");
      assertThat(step(run, "A2").attempts()).isEqualTo(20);
    }
  }

  @Test
  void a_build_that_fails_ends_stopped() throws Exception {
    shop.buildFails();
    try (InProcessWorker worker = deployed("UP")) {
      stoppedAndTold(worker, worker.run(REQUEST), "A3");
    }
  }

  @Test
  void a_target_that_is_not_healthy_ends_stopped() throws Exception {
    try (InProcessWorker worker = deployed("DOWN")) {
      stoppedAndTold(worker, worker.run(REQUEST), "A4");
    }
  }

  @Test
  void a_gateway_that_does_not_lead_there_ends_stopped() throws Exception {
    try (Receiver gateway = new Receiver(Receiver.status(502, "bad gateway"));
        InProcessWorker worker =
            deployed(
                "UP", "        checks: [{name: gateway, url: \"" + gateway.url("/") + "\"}]")) {
      stoppedAndTold(worker, worker.run(REQUEST), "V1");
    }
  }

  @Test
  void a_port_that_somebody_has_taken_when_it_is_to_be_stopped_brings_infrastructure()
      throws Exception {
    try (InProcessWorker worker = deployed("DOWN")) {
      WorkflowStub started = worker.start(REQUEST);
      worker.awaitStep(SECTION, "A4");
      try (ServerSocket somebody =
          new ServerSocket(shop.port(), 1, InetAddress.getByName("127.0.0.2"))) {
        Run run = worker.failed(started);

        assertThat(run.outcome()).isNull();
        assertThat(run.reason())
            .startsWith("A4 failed")
            .contains("the service could not be stopped", "port " + somebody.getLocalPort());
      }
      worker.awaitCalls("oncall", "infrastructure");
      Escalation escalation = worker.escalation(REQUEST).orElseThrow();
      assertThat(escalation.incident().troubles())
          .containsExactlyInAnyOrder(Trouble.ROLLBACK, Trouble.INFRASTRUCTURE);
      worker.awaitBoard("INVESTIGATING");
    }
  }

  /** v3 serves, and is bad; the target is v2. */
  private InProcessWorker deployed(String health, String... more) throws Exception {
    shop.release("v1", Map.of())
        .release("v2", Map.of("health", health))
        .release("v3", Map.of("health", "DOWN"));
    Path catalog = shop.writeCatalog(String.join("\n", more));
    if (health.equals("DOWN")) {
      // where it is known to be in vain, nobody waits long
      Files.writeString(
          catalog, Files.readString(catalog).replace("every: 200ms, within: 10s", "within: 3s"));
    } else {
      shop.writePatient(catalog);
    }
    shop.deploy();
    return new InProcessWorker(folder);
  }

  private void stoppedAndTold(InProcessWorker worker, Run run, String step) {
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).startsWith(step + " failed").endsWith("the service was stopped");
    assertThat(step(run, "N1").status()).isEqualTo(Step.Status.DONE);
    assertThat(step(run, "S1").status())
        .isEqualTo(step.equals("A3") ? Step.Status.SKIPPED : Step.Status.DONE);
    assertThat(listens()).isFalse();
    worker.awaitCalls("oncall");
    worker.awaitBoard("STOPPED");
    Escalation escalation = worker.escalation(REQUEST).orElseThrow();
    assertThat(run.reason()).startsWith(escalation.incident().why());
    assertThat(escalation.incident().id()).isEqualTo(run.plan().pinned().planId());
  }

  private boolean listens() {
    return !new MachineProcesses().listeners(shop.port()).isEmpty();
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }
}
