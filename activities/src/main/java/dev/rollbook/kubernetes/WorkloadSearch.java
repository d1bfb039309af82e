package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the workload that the catalog names, or says what is there instead. */
final class WorkloadSearch {

  private static final String CHECK = "workload";

  private final Cluster cluster;
  private final KubernetesEnvironment environment;
  private final List<Finding> findings = new ArrayList<>();

  WorkloadSearch(Cluster cluster, KubernetesEnvironment environment) {
    this.cluster = cluster;
    this.environment = environment;
  }

  /** Which one it is, or why there is none. */
  List<Finding> findings() {
    return findings;
  }

  /**
   * @throws PermissionDenied when the worker may not look at all
   */
  Optional<WorkloadState> find() {
    Optional<WorkloadState> found =
        WorkloadState.find(
            cluster, environment.namespace(), environment.workload(), environment.name());
    findings.add(
        found
            .map(
                state ->
                    Finding.ok(
                        CHECK,
                        "%s in namespace %s, %d wanted, %d ready"
                            .formatted(
                                state.resource(),
                                state.namespace(),
                                state.wanted(),
                                state.counts().ready())))
            .orElseGet(() -> Finding.blocker(CHECK, missing())));
    return found;
  }

  private String missing() {
    String none =
        "there is no %s '%s' in namespace %s"
            .formatted(environment.workload().kind(), environment.name(), environment.namespace());
    for (Workload other : Workload.values()) {
      if (other != environment.workload()
          && names(other).filter(names -> names.contains(environment.name())).isPresent()) {
        return none
            + ", but a "
            + other.kind()
            + " of that name: correct 'workload' in the catalog to "
            + other.name().toLowerCase(Locale.ROOT);
      }
    }
    Optional<List<String>> known = names(environment.workload());
    return known.isPresent() && known.get().isEmpty()
        ? namespaceIsMissing().orElse(none + ", nor any other " + environment.workload().kind())
        : none + known.map(names -> NearestName.hint(environment.name(), names)).orElse("");
  }

  /** Empty when the worker may not know. */
  private Optional<List<String>> names(Workload kind) {
    try {
      return Optional.of(
          cluster.call(
              "list " + kind.kind(),
              client ->
                  switch (kind) {
                    case DEPLOYMENT ->
                        names(
                            client
                                .apps()
                                .deployments()
                                .inNamespace(environment.namespace())
                                .list()
                                .getItems());
                    case STATEFULSET ->
                        names(
                            client
                                .apps()
                                .statefulSets()
                                .inNamespace(environment.namespace())
                                .list()
                                .getItems());
                    case DAEMONSET ->
                        names(
                            client
                                .apps()
                                .daemonSets()
                                .inNamespace(environment.namespace())
                                .list()
                                .getItems());
                  }));
    } catch (PermissionDenied e) {
      return Optional.empty();
    }
  }

  /** Empty when it is there, or when the worker may not know. */
  private Optional<String> namespaceIsMissing() {
    try {
      List<String> known =
          cluster.call("list namespaces", client -> names(client.namespaces().list().getItems()));
      return known.contains(environment.namespace())
          ? Optional.empty()
          : Optional.of(
              "there is no namespace '%s'".formatted(environment.namespace())
                  + NearestName.hint(environment.namespace(), known));
    } catch (PermissionDenied e) {
      return Optional.empty();
    }
  }

  private static List<String> names(List<? extends HasMetadata> objects) {
    return objects.stream().map(object -> object.getMetadata().getName()).toList();
  }
}
