package dev.rollbook.kubernetes;

import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.verification.HttpHealth;
import java.time.Duration;
import java.util.List;
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

  @Override
  public Running awaitStable(PinnedService service) {
    KubernetesEnvironment environment = find(service);
    Heartbeat beat = heartbeat.get();
    try (Cluster cluster = open(environment, beat)) {
      List<ServicePod> pods =
          new StablePods(
                  service,
                  environment,
                  cluster,
                  redaction,
                  new UnreadyPods(
                      cluster, environment, http, redaction, () -> beat.beat("asking the pods")),
                  beat)
              .await();
      int restarts = pods.stream().mapToInt(ServicePod::restarts).sum();
      return new Running(
          pods.get(0).images(),
          report(
              count(pods.size(), "pod")
                  + " Ready"
                  + (restarts == 0 ? ", no restarts" : ", no restart any more (" + restarts + ")"),
              StablePods.describe(pods)));
    } catch (PermissionDenied e) {
      throw DeniedStep.failure(e, attempt.getAsInt());
    }
  }

  @Override
  public StepReport checkLogs(PinnedService service) {
    KubernetesEnvironment environment = find(service);
    Heartbeat beat = heartbeat.get();
    try (Cluster cluster = open(environment, beat)) {
      PodStarts starts = new PodStarts(service, environment, cluster, redaction, spent.get(), beat);
      List<String> started = starts.await();
      return report(
          count(started.size(), "pod") + " started; " + started.get(0),
          String.join("\n", started)
              + "\n"
              + starts.lastLines(RevisionPods.ofTarget(cluster, service).staying()));
    } catch (PermissionDenied e) {
      throw DeniedStep.failure(e, attempt.getAsInt());
    }
  }

  @Override
  public StepReport awaitEndpoints(PinnedService service) {
    KubernetesEnvironment environment = find(service);
    if (environment.kubernetesService().isEmpty()) {
      return StepReport.alreadyDone(
          "no Service before the pods",
          "The catalog names no Service for %s in %s: its pods are asked themselves."
              .formatted(service.service(), service.environment()),
          attempt.getAsInt());
    }
    String name = environment.kubernetesService().get();
    Heartbeat beat = heartbeat.get();
    try (Cluster cluster = open(environment, beat)) {
      ServiceEndpoints endpoints =
          new SettledEndpoints(service, name, environment.health().within(), cluster, beat).await();
      return report(
          "%s: %s, all of the target"
              .formatted(name, count(endpoints.serving().size(), "endpoint")),
          endpoints.serving().stream()
              .map(serving -> serving.address() + " " + serving.name())
              .collect(Collectors.joining("\n")));
    } catch (PermissionDenied e) {
      throw DeniedStep.failure(e, attempt.getAsInt());
    }
  }

  @Override
  public StepReport awaitHealthy(PinnedService service) {
    KubernetesEnvironment environment = find(service);
    Heartbeat beat = heartbeat.get();
    try (Cluster cluster = open(environment, beat)) {
      List<String> told = new ForwardedHealth(service, environment, cluster, http, beat).await();
      int pods = told.size() - (environment.kubernetesService().isPresent() ? 1 : 0);
      return report(
          count(pods, "pod")
              + environment.kubernetesService().map(it -> " and the Service " + it).orElse("")
              + " UP",
          String.join("\n", told));
    } catch (PermissionDenied e) {
      throw DeniedStep.failure(e, attempt.getAsInt());
    }
  }

  private Cluster open(KubernetesEnvironment environment, Heartbeat beat) {
    return clusters.open(environment, () -> beat.beat("asking the cluster"));
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
