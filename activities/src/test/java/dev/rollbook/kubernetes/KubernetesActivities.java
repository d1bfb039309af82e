package dev.rollbook.kubernetes;

import dev.rollbook.AlertRequest;
import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.Heartbeat;
import dev.rollbook.Inspection;
import dev.rollbook.Plan;
import dev.rollbook.Redaction;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Severity;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.verification.HttpHealth;
import io.temporal.testing.TestActivityEnvironment;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Section C's activities as Temporal calls them, for one shop. */
final class KubernetesActivities implements AutoCloseable {

  final AtomicReference<KubernetesEnvironment> environment = new AtomicReference<>();
  final HealthyVersionsFile versions;

  /** Of a step, as its API server may be believed by. */
  final AtomicInteger attempt = new AtomicInteger(1);

  private final Clusters clusters = new Clusters();
  private final TestActivityEnvironment temporal = TestActivityEnvironment.newInstance();
  private final KubernetesPreflight preflight;
  final KubernetesRollout rollout;
  final KubernetesPods pods;
  final KubernetesEmergency emergency;

  KubernetesActivities(Path state, KubernetesEnvironment first) {
    environment.set(first);
    versions = new HealthyVersionsFile(state, Clock.systemUTC(), () -> 1);
    KubernetesEnvironments environments = (service, name) -> environment.get();
    HttpHealth health = new HttpHealth((service, name) -> null, Redaction.NONE);
    temporal.registerActivitiesImplementations(
        new ClusterInspection(
            environments, clusters, versions, health, Clock.systemUTC(), Heartbeat::ofActivity),
        new ClusterRollout(
            environments,
            clusters,
            versions,
            new PodEvidence(environments, clusters, state, Redaction.NONE, Heartbeat::ofActivity)
                ::capture,
            health,
            Redaction.NONE,
            Clock.systemUTC(),
            Heartbeat::ofActivity,
            Heartbeat::spent,
            attempt::get),
        new ClusterPods(
            environments,
            clusters,
            health,
            Redaction.NONE,
            Heartbeat::ofActivity,
            Heartbeat::spent,
            attempt::get),
        new ClusterEmergency(environments, clusters, Heartbeat::ofActivity));
    preflight = temporal.newActivityStub(KubernetesPreflight.class);
    rollout = temporal.newActivityStub(KubernetesRollout.class);
    pods = temporal.newActivityStub(KubernetesPods.class);
    emergency = temporal.newActivityStub(KubernetesEmergency.class);
  }

  /**
   * @param to null for none
   */
  Inspection inspect(String to) {
    return preflight.inspect(asked(to));
  }

  Plan plan(String to) {
    return inspect(to).plan();
  }

  Plan planByAlert() {
    return preflight.inspect(AlertRequest.of(KubernetesShop.NAME, "production")).plan();
  }

  static RollbackRequest asked(String to) {
    return new RollbackRequest(
        KubernetesShop.NAME,
        "production",
        to,
        null,
        null,
        Severity.CRITICAL,
        null,
        "hana",
        false,
        false,
        false,
        null,
        false);
  }

  static List<String> of(Plan plan, Level level, String check) {
    return plan.findings().stream()
        .filter(finding -> finding.level() == level && finding.check().equals(check))
        .map(Finding::message)
        .toList();
  }

  @Override
  public void close() {
    temporal.close();
    clusters.close();
  }
}
