package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where and how one service lives in a Kubernetes cluster, as the catalog says.
 *
 * @param kubeconfig else KUBECONFIG of the worker, else the pod's own service account, else {@code
 *     ~/.kube/config}
 * @param context of the kubeconfig; else its current one
 * @param name of the workload
 * @param kubernetesService the Service before the pods; empty when there is none
 * @param port where the pods' containers serve
 * @param container whose log has the start line; else the first one
 * @param managedBy whether a workload that something else manages (GitOps, Helm, an operator) may
 *     be rolled back all the same
 * @param stopWithin until every pod must be gone when scaled to 0
 * @param startWithin until the rollout must be complete
 * @param errorLines what must not be in the log of a good start
 * @param stableFor how long no pod may restart
 * @param health its URL's port is the pods' own: it is asked through port-forwards
 * @param checks of ingress and gateway, asked from the worker
 * @param keptFor how long to watch that nobody puts the bad version back; zero: one look; empty: as
 *     long as whatever manages the workload needs to come round
 * @param approvalWithin how long people are asked before a stuck rollout is scaled to 0 and back;
 *     zero: never
 */
public record KubernetesEnvironment(
    Optional<Path> kubeconfig,
    Optional<String> context,
    String namespace,
    Workload workload,
    String name,
    Optional<String> kubernetesService,
    int port,
    Optional<String> container,
    ManagedBy managedBy,
    Duration stopWithin,
    Duration startWithin,
    Pattern startLine,
    List<Pattern> errorLines,
    Duration stableFor,
    HealthCheck health,
    List<HttpCheck> checks,
    Optional<Duration> keptFor,
    Duration approvalWithin) {

  /** What becomes of a workload that something else manages. */
  public enum ManagedBy {
    REFUSE,
    ALLOW
  }

  /** Whatever manages the workload. */
  public Duration keptAtMost() {
    return keptFor.orElse(WorkloadManagers.COME_ROUND_WITHIN);
  }

  public KubernetesEnvironment {
    errorLines = List.copyOf(errorLines);
    checks = List.copyOf(checks);
  }
}
