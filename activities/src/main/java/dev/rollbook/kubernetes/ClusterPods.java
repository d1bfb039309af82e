package dev.rollbook.kubernetes;

import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.kubernetes.ClusterFailure.NotAdmitted;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.verification.HttpHealth;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Whether the target's pods serve, as the cluster and the pods themselves tell it. */
public final class ClusterPods implements KubernetesPods {

  private final KubernetesEnvironments environments;
  private final Clusters clusters;
  private final HttpHealth http;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;
  private final Supplier<Duration> spent;
  private final IntSupplier attempt;

  public ClusterPods(
      KubernetesEnvironments environments,
      Clusters clusters,
      HttpHealth http,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this(environments, clusters, http, redaction, heartbeat, Heartbeat::spent, Heartbeat::attempt);
  }

  ClusterPods(
      KubernetesEnvironments environments,
      Clusters clusters,
      HttpHealth http,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat,
      Supplier<Duration> spent,
      IntSupplier attempt) {
    this.environments = environments;
    this.clusters = clusters;
    this.http = http;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
    this.spent = spent;
    this.attempt = attempt;
  }

  private interface Look<T> {
    T at(Cluster cluster, KubernetesEnvironment environment, Heartbeat heartbeat);
  }

  @Override
  public Running awaitStable(PinnedService service) {
    return look(
        service,
        (cluster, environment, beat) -> {
          UnreadyPods unready =
              new UnreadyPods(
                  cluster, environment, http, redaction, () -> beat.beat("asking the pods"));
          List<ServicePod> pods =
              new StablePods(service, environment, cluster, redaction, unready, beat).await();
          int restarts = pods.stream().mapToInt(ServicePod::restarts).sum();
          return new Running(
              pods.get(0).images(service.kubernetes().images()),
              report(
                  count(pods.size(), "pod")
                      + " Ready"
                      + (restarts == 0
                          ? ", no restarts"
                          : ", no restart any more (" + restarts + ")"),
                  StablePods.describe(pods)));
        });
  }

  @Override
  public StepReport checkLogs(PinnedService service) {
    return look(
        service,
        (cluster, environment, beat) -> {
          PodStarts starts =
              new PodStarts(service, environment, cluster, redaction, spent.get(), beat);
          List<String> started = starts.await();
          return report(
              count(started.size(), "pod") + " started; " + started.get(0),
              String.join("\n", started)
                  + "\n"
                  + starts.lastLines(RevisionPods.ofTarget(cluster, service).staying()));
        });
  }

  @Override
  public StepReport awaitEndpoints(PinnedService service) {
    Optional<String> name = find(service).kubernetesService();
    if (name.isEmpty()) {
      return StepReport.alreadyDone(
          "no Service before the pods",
          "The catalog names no Service for %s in %s: its pods are asked themselves."
              .formatted(service.service(), service.environment()),
          attempt.getAsInt());
    }
    return look(
        service,
        (cluster, environment, beat) -> {
          ServiceEndpoints endpoints =
              new SettledEndpoints(
                      service, name.get(), environment.health().within(), cluster, beat)
                  .await();
          return report(
              "%s: %s, all of the target"
                  .formatted(name.get(), count(endpoints.serving().size(), "endpoint")),
              endpoints.serving().stream()
                  .map(serving -> serving.address() + " " + serving.name())
                  .collect(Collectors.joining("\n")));
        });
  }

  @Override
  public StepReport awaitHealthy(PinnedService service) {
    return look(
        service,
        (cluster, environment, beat) -> {
          List<String> told =
              new ForwardedHealth(service, environment, cluster, http, beat).await();
          int pods = told.size() - (environment.kubernetesService().isPresent() ? 1 : 0);
          return report(
              count(pods, "pod")
                  + environment.kubernetesService().map(it -> " and the Service " + it).orElse("")
                  + " UP",
              String.join("\n", told));
        });
  }

  private <T> T look(PinnedService service, Look<T> look) {
    KubernetesEnvironment environment = find(service);
    Heartbeat beat = heartbeat.get();
    try (Cluster cluster = clusters.open(environment, () -> beat.beat("asking the cluster"))) {
      try {
        return look.at(cluster, environment, beat);
      } catch (ApplicationFailure failure) {
        throw cause(failure, cluster, service);
      }
    } catch (NotAdmitted e) {
      throw DeniedStep.failure(e);
    } catch (PermissionDenied e) {
      throw DeniedStep.failure(e, attempt.getAsInt());
    }
  }

  /**
   * Pods that are away since somebody has put another template there: that is what to tell. Where
   * it cannot be seen, the pods' own failure is.
   */
  private static ApplicationFailure cause(
      ApplicationFailure failure, Cluster cluster, PinnedService service) {
    try {
      PinnedTemplate template = new PinnedTemplate(cluster, service);
      WorkloadState now = new PinnedWorkload(cluster, service).look();
      return template.isTarget(now) ? failure : template.replaced(now);
    } catch (ApplicationFailure | ClusterFailure unseen) {
      if (unseen instanceof ApplicationFailure other && other.getType().equals("NewerDeploy")) {
        return other;
      }
      failure.addSuppressed(unseen);
      return failure;
    }
  }

  private KubernetesEnvironment find(PinnedService service) {
    return environments.find(service.service(), service.environment());
  }

  private StepReport report(String summary, String evidence) {
    return StepReport.done(
        redaction.clean(Evidence.plain(summary)),
        Evidence.beginning(redaction.clean(Evidence.plain(evidence)), Evidence.LIMIT),
        attempt.getAsInt());
  }

  private static String count(int number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }
}
