package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.Finding;
import dev.rollbook.Order;
import dev.rollbook.Outcome;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.Verdict;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.kubernetes.ApiProxy.Fault;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.shop.InProcessWorker;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.temporal.client.WorkflowStub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section C, made to fail at each of its steps in turn. */
@NeedsKubernetes
@Timeout(500)
@Execution(ExecutionMode.CONCURRENT)
class KubernetesStepFailsIT {

  private static final int REPLICAS = 2;
  private static final String SECTION = "rollback:production:shopping-service/kubernetes";

  /** Its pods end and come again when they have long been rolled out, on a busy machine too. */
  private static final Consumer<PodSpec> ENDS_SOON =
      spec -> {
        Container shop = spec.getContainers().get(0);
        List<String> command = new ArrayList<>(shop.getCommand());
        command.set(2, "(sleep 25; kill -TERM 1) &\n" + command.get(2));
        shop.setCommand(command);
      };

  @TempDir Path folder;

  private KubernetesShop shop;

  @BeforeEach
  void open() {
    shop = new KubernetesShop(Workload.DEPLOYMENT, REPLICAS);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @ParameterizedTest
  @CsvSource({
    "C3, UNREADY,     0",
    "C3, NO_DATABASE, 0",
    "C4, UP,          25",
    "C5, ERROR_LINES, 0",
    "C7, NO_DATABASE, 0",
  })
  void a_bad_target_ends_stopped_announced_and_escalated(
      String step, Behaviour behaviour, int endsAfter) throws Exception {
    // its readiness asks the database too, or its health alone
    Consumer<PodSpec> edit = step.equals("C3") ? ShopTemplate::asksHealthForReadiness : spec -> {};
    Release target = new Release("good", "good", behaviour, endsAfter == 0 ? edit : ENDS_SOON);
    try (InProcessWorker worker =
        rolledOut(
            target,
            shop.kubeconfig(),
            "start: {within: %s, errors: [OutOfMemoryError]}"
                .formatted(step.equals("C3") ? "6s" : "60s"),
            "stableFor: " + (endsAfter == 0 ? "1s" : "45s"))) {

      Run run = worker.run(request());

      stoppedAndTold(worker, run, step);
      if (behaviour == Behaviour.NO_DATABASE) {
        worker.awaitCalls("dba");
      }
      Plan next = worker.plan(RollbackRequest.of(KubernetesShop.NAME, "production"));
      assertThat(next.pinned().target().id()).as("not wandering").isEqualTo(run.target().id());
      assertThat(next.findings())
          .extracting(Finding::message)
          .anyMatch(it -> it.contains("did not prove healthy after the last rollback to it"));
    }
  }

  @Test
  void an_api_server_that_refuses_the_undo_ends_stopped_when_it_takes_the_stop() throws Exception {
    try (ApiProxy proxy = new ApiProxy(shop.kubeconfig());
        InProcessWorker worker = rolledOut(Release.good(), proxy.kubeconfig(folder))) {
      for (int attempt = 0; attempt < 10; attempt++) {
        proxy.next("^PATCH ", Fault.ERROR);
      }

      Run run = worker.run(request());

      stoppedAndTold(worker, run, "C2");
      assertThat(step(run, "C2").attempts()).isEqualTo(10);
      assertThat(shop.release()).as("the bad one, stopped").isNotEqualTo("good");
    }
  }

  @Test
  void a_service_that_leads_nowhere_ends_stopped() throws Exception {
    shop.service("web", "nowhere");
    try (InProcessWorker worker =
        rolledOut(
            Release.good(),
            shop.kubeconfig(),
            "kubernetesService: web",
            "health: {inARow: 1, every: 200ms, within: 3s}")) {

      stoppedAndTold(worker, worker.run(request()), "C6");
    }
  }

  @Test
  void a_gateway_that_does_not_lead_there_ends_stopped() throws Exception {
    try (Receiver gateway = new Receiver(Receiver.status(502, "bad gateway"));
        InProcessWorker worker =
            rolledOut(Release.good(), shop.kubeconfig(), check(gateway.url("/")))) {

      stoppedAndTold(worker, worker.run(request()), "C8");
    }
  }

  /** The API server stands for it: nobody that Java trusts has signed its certificate. */
  @Test
  void a_gateway_whose_certificate_is_not_trusted_is_told_in_words() throws Exception {
    try (InProcessWorker worker =
        rolledOut(
            Release.good(), shop.kubeconfig(), check(shop.client().getMasterUrl() + "livez"))) {

      Run run = worker.run(request());

      stoppedAndTold(worker, run, "C8");
      assertThat(run.reason()).contains("TLS: the certificate is signed by nobody");
    }
  }

  private static String check(String url) {
    return "checks: [{name: gateway, url: \"" + url + "\"}]";
  }

  @Test
  void whoever_deploys_during_the_rollout_wins_and_is_told_so() throws Exception {
    try (InProcessWorker worker =
        rolledOut(new Release("good", "good", Behaviour.UNREADY, spec -> {}), shop.kubeconfig())) {
      WorkflowStub started = worker.start(request());
      worker.awaitStep(SECTION, "C3");
      shop.deploy(Release.other());

      Run run = started.getResult(Run.class);

      assertThat(run.reason()).startsWith("C3 failed").contains("somebody deployed");
      shop.awaitRollout();
      assertThat(shop.release()).isEqualTo("other");
      assertThat(shop.pods(Release.other())).hasSize(REPLICAS);
    }
  }

  @Test
  void a_workload_of_no_pods_proves_nothing() throws Exception {
    try (InProcessWorker worker = rolledOut(Release.good(), shop.kubeconfig())) {
      shop.edit(Deployment.class, deployment -> deployment.getSpec().setReplicas(0));

      Run run = worker.run(request());

      assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.STOPPED);
      assertThat(run.reason())
          .startsWith("C3 failed")
          .contains("wants no pod, so that nothing proves it");
      assertThat(run.steps()).extracting(Step::id).doesNotContain("C4", "H1");
      assertThat(shop.release()).isEqualTo("good");
      worker.awaitCalls("oncall");
    }
  }

  @ParameterizedTest
  @CsvSource({"C3, UNREADY", "C9, UP"})
  void a_bad_version_that_somebody_puts_back_ends_stopped(String step, Behaviour behaviour)
      throws Exception {
    Release target = new Release("good", "good", behaviour, spec -> {});
    try (InProcessWorker worker = rolledOut(target, shop.kubeconfig(), "keptFor: 60s")) {
      WorkflowStub started = worker.start(request());
      worker.awaitStep(SECTION, step);
      shop.deploy(Release.bad(Behaviour.DOWN));

      Run run = started.getResult(Run.class);

      stoppedAndTold(worker, run, step);
      assertThat(run.reason()).contains("somebody put the bad version back");
    }
  }

  @ParameterizedTest
  @CsvSource({"C10, 20", "C11, 10"})
  void a_cluster_that_does_not_scale_ends_stopped_when_it_takes_the_stop(String step, int attempts)
      throws Exception {
    try (ApiProxy proxy = new ApiProxy(shop.kubeconfig());
        InProcessWorker worker =
            rolledOut(
                Release.good(),
                proxy.kubeconfig(folder),
                "start: {within: 3m}",
                "stuck: {askWithin: 10m}")) {
      Plan plan = worker.plan(request());
      shop.fill();
      WorkflowStub started = worker.start(request().withPlan(plan));
      worker.awaitStep(SECTION, "C3", Step.Status.FAILED);
      Runnable refuse =
          () -> {
            for (int attempt = 0; attempt < attempts; attempt++) {
              proxy.next("^PATCH ", Fault.ERROR);
            }
          };
      // the first change is C10's, the second C11's
      proxy.whenAsked(
          "^PATCH ", step.equals("C10") ? refuse : () -> proxy.whenAsked("^PATCH ", refuse));
      worker.approve(SECTION, new Verdict("hana", "nobody shops at night"));

      Run run = started.getResult(Run.class);

      stoppedAndTold(worker, run, step);
      assertThat(step(run, step).attempts()).isEqualTo(attempts);
    }
  }

  @Test
  void a_cluster_without_room_ends_stopped_and_brings_infrastructure() throws Exception {
    try (InProcessWorker worker = rolledOut(Release.good(), shop.kubeconfig())) {
      Plan plan = worker.plan(request());
      shop.fill();

      Run run = worker.run(request().withPlan(plan));

      stoppedAndTold(worker, run, "C3");
      assertThat(run.reason()).contains("Not a fault of the release but of the environment");
      worker.awaitCalls("infrastructure");
    }
  }

  @Test
  void whoever_deploys_while_it_is_scaled_to_0_gets_the_pods_that_were_there() throws Exception {
    try (ApiProxy proxy = new ApiProxy(shop.kubeconfig());
        InProcessWorker worker =
            rolledOut(
                Release.good(),
                proxy.kubeconfig(folder),
                "start: {within: 3m}",
                "stuck: {askWithin: 10m}")) {
      Plan plan = worker.plan(request());
      shop.fill();
      WorkflowStub started = worker.start(request().withPlan(plan));
      worker.awaitStep(SECTION, "C3", Step.Status.FAILED);
      Runnable deploys =
          () -> {
            shop.empty();
            shop.deploy(Release.other());
          };
      // C10's change, and C11's, which comes too late by that
      proxy.whenAsked("^PATCH ", () -> proxy.whenAsked("^PATCH ", deploys));
      worker.approve(SECTION, new Verdict("hana", "nobody shops at night"));

      Run run = started.getResult(Run.class);

      assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.BLOCKED);
      assertThat(run.reason())
          .startsWith("C11 failed")
          .contains("somebody deployed", "with the " + REPLICAS + " pods that were wanted before");
      assertThat(step(run, "C10").summary()).contains("scaled to 0, " + REPLICAS + " recorded");
      shop.awaitRollout();
      assertThat(shop.pods(Release.other())).hasSize(REPLICAS);
      assertThat(shop.workload().getMetadata().getAnnotations())
          .doesNotContainKeys(OwnAnnotations.REPLICAS, OwnAnnotations.STOPPED_BY);
    }
  }

  @Test
  void by_a_persons_word_it_is_stopped_released_and_a_run_is_aborted() throws Exception {
    try (InProcessWorker worker = rolledOut(Release.good(), shop.kubeconfig(), "stableFor: 45s")) {
      Run stopped = worker.stop(order("double charges"));

      assertThat(stopped.reason()).isEqualTo("stopped by hana: double charges");
      isDown();
      worker.awaitCalls("oncall");
      worker.awaitBoard("STOPPED");

      worker.release(order("prices mended"));

      assertThat(((Deployment) shop.workload()).getSpec().getReplicas()).isEqualTo(REPLICAS);
      assertThat(shop.pods()).hasSize(REPLICAS);
      worker.awaitBoard("RELEASED");

      WorkflowStub started = worker.start(request());
      worker.awaitStep(SECTION, "C4");
      worker.abort(started, new Abort("hana", "wrong service"));
      Run aborted = started.getResult(Run.class);

      assertThat(aborted.outcome()).isEqualTo(Outcome.STOPPED);
      assertThat(aborted.reason()).startsWith("aborted by hana: wrong service");
      isDown();
      worker.awaitBoard("STOPPED");
      assertThat(worker.escalation(request()).orElseThrow().incident().why())
          .contains("double charges", "aborted by hana: wrong service");
    }
  }

  @Test
  void where_the_catalog_says_so_the_bad_target_is_left_and_people_are_called() throws Exception {
    Release target = new Release("good", "good", Behaviour.DOWN, spec -> {});
    try (InProcessWorker worker = rolledOut(target, shop.kubeconfig(), "onFailure: leave")) {
      Run run = worker.run(request());

      assertThat(run.outcome()).isEqualTo(Outcome.STOPPED);
      assertThat(run.reason()).startsWith("C7 failed").endsWith("as the catalog says");
      assertThat(run.steps()).extracting(Step::id).contains("N1").doesNotContain("S1");
      assertThat(shop.pods(target)).hasSize(REPLICAS);
      worker.awaitCalls("oncall");
      worker.awaitBoard("INVESTIGATING");
    }
  }

  @Test
  void before_the_first_change_it_is_blocked_and_nobody_is_called() throws Exception {
    try (InProcessWorker worker = rolledOut(Release.good(), shop.kubeconfig())) {
      Plan plan = worker.plan(request());
      shop.edit(Deployment.class, deployment -> deployment.getSpec().setPaused(true));

      Run paused = worker.run(request().withPlan(plan));

      assertThat(paused.reason()).startsWith("C2 failed").contains("is paused");
      untouched(worker, paused);
      shop.edit(Deployment.class, deployment -> deployment.getSpec().setPaused(false));
      shop.client().resource(shop.workload()).delete();
      Run gone = worker.run(request().withPlan(plan));

      assertThat(gone.reason()).startsWith("C1 failed");
      untouched(worker, gone);
    }
  }

  @Test
  void a_version_that_a_policy_does_not_let_in_leaves_the_service_alone() throws Exception {
    try (InProcessWorker worker = rolledOut(Release.good(), shop.kubeconfig());
        ImagePolicy policy = new ImagePolicy(shop, "good", "Invalid")) {
      policy.awaitEffective();

      Run run = worker.run(request());

      assertThat(run.reason()).startsWith("C2 failed").contains(ImagePolicy.WORDS);
      assertThat(step(run, "C2").attempts()).isEqualTo(1);
      untouched(worker, run);
      assertThat(shop.pods()).hasSize(REPLICAS);
    }
  }

  @Test
  void an_api_server_that_is_gone_when_it_is_to_stop_the_service_brings_infrastructure()
      throws Exception {
    Release target = new Release("good", "good", Behaviour.DOWN, spec -> {});
    try (ApiProxy proxy = new ApiProxy(shop.kubeconfig());
        InProcessWorker worker = rolledOut(target, proxy.kubeconfig(folder))) {
      WorkflowStub started = worker.start(request());
      worker.awaitStep(SECTION, "C3");
      // S1 is what writes next
      proxy.each("^PATCH ", Fault.CUT);

      Run run = worker.failed(started);

      assertThat(run.outcome()).isNull();
      assertThat(run.reason())
          .startsWith("C7 failed")
          .contains("the service could not be stopped: The API server");
      assertThat(step(run, "S1").status()).isEqualTo(Step.Status.FAILED);
      assertThat(Path.of(run.report())).content().contains("could not be stopped");
      worker.awaitCalls("oncall", "infrastructure");
      Escalation escalation = worker.escalation(request()).orElseThrow();
      assertThat(escalation.incident().troubles())
          .containsExactlyInAnyOrder(Trouble.ROLLBACK, Trouble.INFRASTRUCTURE);
      assertThat(escalation.incident().why()).contains("C7 failed", "could not be stopped");
      worker.awaitBoard("INVESTIGATING");
    }
  }

  /** The bad version serves; the target is the one before. */
  private InProcessWorker rolledOut(Release target, Path kubeconfig, String... more)
      throws Exception {
    shop.begin(target, 1).rollOut(Release.bad(Behaviour.DOWN));
    StringBuilder catalog =
        new StringBuilder(
            """
            version: 1
            reports: reports
            services:
              shopping-service:
                environments:
                  production:
                    kind: kubernetes
                    kubeconfig: '%s'
                    namespace: %s
                    port: 8083
            """
                .formatted(kubeconfig, shop.namespace()));
    String all = String.join("\n", more);
    // where it is known to be in vain, nobody waits long
    String healthWithin = target.behaviour() == Behaviour.DOWN ? "5s" : "60s";
    for (String line :
        List.of(
            "health: {inARow: 2, every: 200ms, within: %s}".formatted(healthWithin),
            "stableFor: 1s",
            "keptFor: 1s")) {
      if (!all.contains(line.substring(0, line.indexOf(':') + 1))) {
        all = all + "\n" + line;
      }
    }
    all.strip().lines().forEach(line -> catalog.append("        ").append(line).append('\n'));
    Files.writeString(folder.resolve("rollbook.yaml"), catalog);
    return new InProcessWorker(folder);
  }

  private void stoppedAndTold(InProcessWorker worker, Run run, String step) throws Exception {
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.STOPPED);
    assertThat(run.reason()).startsWith(step + " failed").endsWith("the service was stopped");
    assertThat(step(run, "N1").status()).isEqualTo(Step.Status.DONE);
    assertThat(step(run, "S1").status()).isEqualTo(Step.Status.DONE);
    assertThat(step(run, "S1").summary()).contains(REPLICAS + " were wanted before");
    isDown();
    worker.awaitCalls("oncall");
    worker.awaitBoard("STOPPED");
    Escalation escalation = worker.escalation(request()).orElseThrow();
    assertThat(run.reason()).startsWith(escalation.incident().why());
    assertThat(escalation.incident().id()).isEqualTo(run.plan().pinned().planId());
  }

  private void isDown() {
    Deployment deployment = (Deployment) shop.workload();
    assertThat(deployment.getSpec().getReplicas()).isZero();
    assertThat(deployment.getMetadata().getAnnotations())
        .containsEntry(OwnAnnotations.REPLICAS, String.valueOf(REPLICAS));
    assertThat(shop.pods()).isEmpty();
  }

  private void untouched(InProcessWorker worker, Run run) throws Exception {
    assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.BLOCKED);
    assertThat(run.steps()).extracting(Step::id).doesNotContain("N1", "S1");
    assertThat(worker.escalation(request())).isEmpty();
    assertThat(worker.board()).isEmpty();
  }

  private static Step step(Run run, String id) {
    return run.steps().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }

  private static Order order(String reason) {
    return new Order(KubernetesShop.NAME, "production", reason, "hana");
  }

  private static RollbackRequest request() {
    return new RollbackRequest(
        KubernetesShop.NAME,
        "production",
        "1",
        "prices are wrong",
        null,
        null,
        null,
        "hana",
        false,
        false,
        false,
        null,
        false);
  }
}
