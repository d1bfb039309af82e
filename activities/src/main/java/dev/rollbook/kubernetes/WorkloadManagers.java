package dev.rollbook.kubernetes;

import dev.rollbook.Elapsed;
import dev.rollbook.Finding;
import dev.rollbook.kubernetes.KubernetesEnvironment.ManagedBy;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who else writes to the workload: what was rolled back by hand is put back by them, some within
 * seconds.
 */
final class WorkloadManagers {

  private static final String CHECK = "managed by";
  private static final String ARGO_TRACKING = "argocd.argoproj.io/tracking-id";
  private static final String ARGO_INSTANCE = "argocd.argoproj.io/instance";
  private static final String FLUX = "kustomize.toolkit.fluxcd.io/";
  private static final String FLUX_HELM = "helm.toolkit.fluxcd.io/";
  private static final String HELM_RELEASE = "meta.helm.sh/release-name";
  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  private static final Duration ARGO_LOOKS = Duration.ofMinutes(3);
  private static final Duration FLUX_LOOKS = Duration.ofMinutes(10);

  /** All that are known. */
  static final Duration COME_ROUND_WITHIN = FLUX_LOOKS;

  private final WorkloadState workload;
  private final Set<String> writers;

  /**
   * One of them.
   *
   * @param wayOut its own way back
   * @param looksEvery how often it usually comes round; zero for one that comes at once, or never
   *     by itself
   */
  private record Reconciler(String name, String wayOut, Duration looksEvery) {}

  WorkloadManagers(WorkloadState workload) {
    this.workload = workload;
    List<ManagedFieldsEntry> fields = workload.object().getMetadata().getManagedFields();
    this.writers = fields.stream().map(ManagedFieldsEntry::getManager).collect(Collectors.toSet());
  }

  /**
   * One for each of them, or that there is none.
   *
   * @param keptFor for how long it is watched afterwards; empty: as long as they need
   */
  List<Finding> findings(ManagedBy allowed, Optional<Duration> keptFor) {
    List<Reconciler> managers = all();
    if (managers.isEmpty()) {
      return List.of(Finding.ok(CHECK, "nobody else, as far as the workload tells"));
    }
    return managers.stream().map(manager -> finding(manager, allowed, keptFor)).toList();
  }

  /** How often the slowest of them comes round; empty when none does. */
  Optional<Duration> comeRoundEvery() {
    return all().stream()
        .map(Reconciler::looksEvery)
        .max(Comparator.naturalOrder())
        .filter(longest -> !longest.isZero());
  }

  private Finding finding(Reconciler manager, ManagedBy allowed, Optional<Duration> keptFor) {
    String text =
        "%s is managed by %s, which may put the bad version back. %s"
            .formatted(workload.resource(), manager.name(), manager.wayOut());
    if (allowed == ManagedBy.REFUSE) {
      return Finding.blocker(
          CHECK, text + " To roll back here all the same: 'managedBy: allow' in the catalog.");
    }
    return Finding.warning(
        CHECK,
        text
            + " (The catalog allows it: 'managedBy: allow'.)"
            + (manager.looksEvery().isZero() ? "" : watched(manager.looksEvery(), keptFor)));
  }

  private String watched(Duration looksEvery, Optional<Duration> keptFor) {
    String every = " It usually comes round every " + Elapsed.describe(looksEvery);
    if (keptFor.isEmpty()) {
      return "%s, so that C9, with the service back, watches for %s; 'keptFor' in the catalog says otherwise."
          .formatted(every, comeRoundEvery().map(Elapsed::describe).orElseThrow());
    }
    return looksEvery.compareTo(keptFor.get()) <= 0
        ? ""
        : "%s, and C9 %s: with a longer 'keptFor' the run tells when it puts the bad version back."
            .formatted(
                every,
                keptFor.get().isZero()
                    ? "looks once"
                    : "watches for " + Elapsed.describe(keptFor.get()));
  }

  /** Of all: whose, and how. */
  String wayOut() {
    return all().stream()
        .map(manager -> manager.name() + ": " + manager.wayOut())
        .collect(Collectors.joining(" "));
  }

  private List<Reconciler> all() {
    List<Reconciler> managers = new ArrayList<>();
    if (has(ARGO_TRACKING, ARGO_INSTANCE) || writers.contains("argocd-controller")) {
      String application = value(ARGO_INSTANCE, value(ARGO_TRACKING, "APPLICATION").split(":")[0]);
      managers.add(
          new Reconciler(
              "Argo CD (application " + application + ")",
              "Revert the commit in Git, or switch its automated sync off (`argocd app set %s --sync-policy none`; of an ApplicationSet's application in the ApplicationSet) and `argocd app rollback %s`."
                  .formatted(application, application),
              ARGO_LOOKS));
    }
    if (has(FLUX + "name") || writers.contains("kustomize-controller")) {
      String off = FLUX + "reconcile";
      if (!value(off, "").equals("disabled")) {
        managers.add(
            new Reconciler(
                "Flux (Kustomization " + value(FLUX + "name", "?") + ")",
                "Revert the commit in Git, or `flux suspend kustomization %s -n %s` first, or annotate the workload with %s=disabled."
                    .formatted(
                        value(FLUX + "name", "NAME"), value(FLUX + "namespace", "NAMESPACE"), off),
                FLUX_LOOKS));
      }
    }
    if (has(FLUX_HELM + "name") || writers.contains("helm-controller")) {
      managers.add(
          new Reconciler(
              "Flux (HelmRelease " + value(FLUX_HELM + "name", "?") + ")",
              "Revert the commit in Git, or `flux suspend helmrelease %s -n %s` first."
                  .formatted(
                      value(FLUX_HELM + "name", "NAME"),
                      value(FLUX_HELM + "namespace", "NAMESPACE")),
              FLUX_LOOKS));
    } else if (has(HELM_RELEASE) || value(MANAGED_BY, "").equals("Helm")) {
      String release = value(HELM_RELEASE, "RELEASE");
      managers.add(
          new Reconciler(
              "Helm (release " + release + ")",
              "Its own way back is `helm rollback %s -n %s` (see `helm history`); the next `helm upgrade` does not know of a rollback made here."
                  .formatted(
                      release, value("meta.helm.sh/release-namespace", workload.namespace())),
              Duration.ZERO));
    }
    workload.object().getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .forEach(owner -> managers.add(new Reconciler(name(owner), wayOut(owner), Duration.ZERO)));
    return managers;
  }

  private static String name(OwnerReference owner) {
    return owner.getApiVersion().startsWith("argoproj.io/")
        ? "Argo Rollouts (" + owner.getKind() + " " + owner.getName() + ")"
        : "an operator, as part of " + owner.getKind() + " " + owner.getName();
  }

  private static String wayOut(OwnerReference owner) {
    return owner.getApiVersion().startsWith("argoproj.io/")
        ? "`kubectl argo rollouts undo " + owner.getName() + "`."
        : "Change the version in %s %s (%s) instead."
            .formatted(owner.getKind(), owner.getName(), owner.getApiVersion());
  }

  private boolean has(String... keys) {
    return List.of(keys).stream().anyMatch(key -> value(key, null) != null);
  }

  private String value(String key, String otherwise) {
    String label = workload.labels().get(key);
    return label != null ? label : workload.annotations().getOrDefault(key, otherwise);
  }
}
