package dev.rollbook.kubernetes;

import dev.rollbook.Evidence;
import dev.rollbook.Finding;
import dev.rollbook.Heartbeat;
import dev.rollbook.IncidentReason;
import dev.rollbook.Inspection;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.StandingStop;
import dev.rollbook.StepReport;
import dev.rollbook.TeamsToTell;
import dev.rollbook.aftermath.HealthyVersion;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.kubernetes.ClusterFailure.NoCluster;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.kubernetes.ClusterFailure.Refused;
import dev.rollbook.kubernetes.ClusterFailure.Unreachable;
import dev.rollbook.kubernetes.KnownBits.Moved;
import dev.rollbook.local.Pause;
import dev.rollbook.verification.HttpHealth;
import io.fabric8.kubernetes.api.model.Pod;
import io.temporal.activity.Activity;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Section C's preflight: looks at everything, changes nothing, and pins what it finds. */
public final class ClusterInspection implements KubernetesPreflight {

  private static final int ASKS = 3;
  private static final int LOOKS = 20;
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);
  private static final Duration ASK_EVERY = Duration.ofSeconds(1);

  private final KubernetesEnvironments environments;
  private final Clusters clusters;
  private final HealthyVersionsFile versions;
  private final HttpHealth http;
  private final Clock clock;
  private final Supplier<Heartbeat> heartbeat;

  public ClusterInspection(
      KubernetesEnvironments environments,
      Clusters clusters,
      HealthyVersionsFile versions,
      HttpHealth http,
      Clock clock,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.clusters = clusters;
    this.versions = versions;
    this.http = http;
    this.clock = clock;
    this.heartbeat = heartbeat;
  }

  @Override
  public Inspection inspect(RollbackRequest request) {
    KubernetesEnvironment place = environments.find(request.service(), request.environment());
    List<Finding> findings =
        new ArrayList<>(List.of(IncidentReason.finding(request.reason()), TeamsToTell.finding()));
    Heartbeat beat = heartbeat.get();
    try (Cluster cluster = clusters.open(place, () -> beat.beat("asking the cluster"))) {
      findings.add(reached(cluster));
      if (findings.stream().anyMatch(Finding::blocks)) {
        return without(findings, "");
      }
      findings.addAll(permissions(cluster, new ClusterPermissions(place)));
      return inspect(request, place, cluster, findings);
    } catch (NoCluster failure) {
      findings.add(Finding.blocker(Finding.CLUSTER, failure.getMessage()));
      return without(findings, "");
    }
  }

  /** An API server that is being restarted is back after a moment, and knows who asks. */
  private static Finding reached(Cluster cluster) {
    for (int asked = 1; ; asked++) {
      try {
        String version =
            cluster.call("get version", client -> client.getKubernetesVersion().getGitVersion());
        return Finding.ok(Finding.CLUSTER, "Kubernetes " + version + " at " + cluster.server());
      } catch (PermissionDenied | Unreachable e) {
        if (asked == ASKS) {
          return Finding.blocker(Finding.CLUSTER, e.getMessage());
        }
        Pause.of(ASK_EVERY);
      }
    }
  }

  /** What an API server denies that has just started counts for nothing: it knows no Role yet. */
  private static List<Finding> permissions(Cluster cluster, ClusterPermissions permissions) {
    boolean isReady = false;
    for (int asked = 1; ; asked++) {
      List<Finding> findings = permissions.findings(cluster);
      if (isReady || asked == ASKS || findings.stream().noneMatch(Finding::blocks)) {
        return findings;
      }
      isReady = isReady(cluster);
      if (!isReady) {
        Pause.of(ASK_EVERY);
      }
    }
  }

  /** Whoever may not know has to believe it. */
  private static boolean isReady(Cluster cluster) {
    try {
      cluster.call("get readyz", client -> client.raw("/readyz"));
      return true;
    } catch (PermissionDenied e) {
      return true;
    } catch (Refused | Unreachable e) {
      return false;
    }
  }

  private Inspection inspect(
      RollbackRequest request,
      KubernetesEnvironment place,
      Cluster cluster,
      List<Finding> findings) {
    WorkloadSearch search = new WorkloadSearch(cluster, place);
    try {
      Optional<WorkloadState> workload = search.find();
      findings.addAll(search.findings());
      return workload.isEmpty()
          ? without(findings, "")
          : inspect(request, place, cluster, workload.get(), findings);
    } catch (PermissionDenied e) {
      // which ones are missing is among the findings already, with the Role
      findings.add(Finding.blocker("workload", "could not be looked at: " + e.getMessage()));
      return without(findings, "");
    }
  }

  private static boolean isDown(WorkloadState workload) {
    return workload.kind() == KubernetesPin.Workload.DAEMONSET
        ? StoppedNodes.isOn(workload.template())
        : workload.wanted() == 0;
  }

  private Inspection inspect(
      RollbackRequest request,
      KubernetesEnvironment place,
      Cluster cluster,
      WorkloadState found,
      List<Finding> findings) {
    WorkloadState workload = observed(cluster, found);
    findings.addAll(new WorkloadFindings(cluster, workload).all());
    findings.addAll(
        StandingStop.findings(
            request,
            workload.annotations().containsKey(OwnAnnotations.STOPPED_BY) && isDown(workload)));
    WorkloadManagers managers = new WorkloadManagers(workload);
    findings.addAll(managers.findings(place.managedBy(), place.keptFor()));
    CatalogNames names = new CatalogNames(cluster, place);
    names.service().ifPresent(findings::add);
    Revisions revisions = Revisions.of(cluster, workload);
    List<Pod> pods = WorkloadPods.of(cluster, workload, revisions);
    Optional<Revision> current = revisions.current();
    RevisionTable table =
        new RevisionTable(
            revisions,
            current.map(Revision::uid).orElse(null),
            pods,
            versions,
            request.service(),
            request.environment(),
            clock.instant());
    if (current.isEmpty()) {
      findings.add(
          Finding.blocker(
              "target",
              "no revision has the template that %s has now: its controller has not made one yet%s"
                  .formatted(
                      workload.resource(),
                      workload.paused()
                          ? ", since it is paused"
                          : "; is the cluster's controller manager running?")));
      return without(findings, table.text());
    }
    boolean retried =
        versions
            .targetOfLastWithdrawal(
                request.service(), request.environment(), current.get().version())
            .isPresent();
    List<HealthyVersion> healthy = versions.healthy(request.service(), request.environment());
    KnownBits bits = new KnownBits(pods, healthy);
    RevisionChoice choice =
        new RevisionChoice(revisions, current.get(), table, healthy, bits, place.container());
    Optional<Revision> target = choice.choose(request.to(), retried);
    findings.addAll(choice.findings());
    if (target.isEmpty()) {
      return without(findings, table.text());
    }
    names.container(target.get()).ifPresent(findings::add);
    int wanted = wanted(workload);
    findings.addAll(
        new ClusterCapacity(cluster, workload, pods, target.get(), least(cluster, workload))
            .findings());
    PinnedService pinned =
        new PinnedService(
            request.service(),
            request.environment(),
            Activity.getExecutionContext().getInfo().getWorkflowRunId(),
            current.get().version(),
            target.get().version(),
            null,
            null,
            new KubernetesPin(
                workload.namespace(),
                workload.kind(),
                workload.name(),
                workload.uid(),
                target.get().name(),
                target.get().hash(),
                target.get().number(),
                bits.recorded(target.get()),
                current.get().name(),
                current.get().hash(),
                wanted,
                managers.comeRoundEvery().orElse(null)),
            CurrentSince.of(workload, current.get(), revisions.all(), pods),
            workload.annotations().get(OwnAnnotations.STOPPED_BY));
    boolean there = false;
    if (target.get().uid().equals(current.get().uid())) {
      Heartbeat beat = heartbeat.get();
      HealthNow health =
          new HealthNow(pinned, place, cluster, http, () -> beat.beat("asking for health"));
      RunningTarget running =
          new RunningTarget(
              workload, () -> bits.moved(target.get()).map(Moved::words).or(health::trouble));
      there = running.isWell();
      running.finding(retried).ifPresent(findings::add);
    }
    return new Inspection(
        new Plan(pinned, there, findings, List.of()),
        report(new Plan(pinned, there, findings, List.of()), table.text()));
  }

  /** What was deployed a moment ago has no revision until its controller has seen it. */
  private WorkloadState observed(Cluster cluster, WorkloadState found) {
    WorkloadState now = found;
    for (int look = 1; !now.isObserved() && !now.paused() && look < LOOKS; look++) {
      Pause.of(LOOK_EVERY);
      now =
          WorkloadState.find(cluster, found.namespace(), found.kind(), found.name()).orElse(found);
    }
    return now;
  }

  /** Those wanted before an earlier run of ours stopped it, where that is so. */
  private static int wanted(WorkloadState workload) {
    return RecordedReplicas.of(workload).orElse(workload.wanted());
  }

  /** An autoscaler raises what is wanted to its own least as soon as anything is. */
  private static int least(Cluster cluster, WorkloadState workload) {
    int wanted = wanted(workload);
    return wanted == 0 ? 0 : Math.max(wanted, new Autoscaler(cluster, workload).least());
  }

  private static Inspection without(List<Finding> findings, String evidence) {
    Plan plan = new Plan(null, false, findings, List.of());
    return new Inspection(plan, report(plan, evidence));
  }

  private static StepReport report(Plan plan, String evidence) {
    long blockers = plan.findings().stream().filter(Finding::blocks).count();
    long warnings =
        plan.findings().stream().filter(f -> f.level() == Finding.Level.WARNING).count();
    return StepReport.done(
        "%d blocker(s), %d warning(s)%s"
            .formatted(
                blockers,
                warnings,
                plan.pinned() == null ? "" : "; target " + plan.pinned().target().describe()),
        Evidence.bounded(evidence, Evidence.LIMIT),
        Heartbeat.attempt());
  }
}
