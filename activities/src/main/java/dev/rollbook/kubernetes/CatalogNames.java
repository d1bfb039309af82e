package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import java.util.Optional;

/**
 * Names in the catalog that only the last steps ask the cluster for: looked up before the first.
 */
final class CatalogNames {

  private final Cluster cluster;
  private final KubernetesEnvironment environment;

  CatalogNames(Cluster cluster, KubernetesEnvironment environment) {
    this.cluster = cluster;
    this.environment = environment;
  }

  /** That the Service is missing; not being allowed to look is said with the permissions. */
  Optional<Finding> service() {
    return environment
        .kubernetesService()
        .filter(this::isMissing)
        .map(
            name ->
                Finding.blocker(
                    "service",
                    "there is no Service '%s' in namespace %s%s. Correct 'kubernetesService' in the catalog (by default the service's name there), or write 'kubernetesService: none' where the pods have none"
                        .formatted(name, environment.namespace(), others(name))));
  }

  private boolean isMissing(String name) {
    try {
      Optional<Service> found =
          cluster.find(
              "get service/" + name,
              client ->
                  client.services().inNamespace(environment.namespace()).withName(name).get());
      return found.isEmpty();
    } catch (PermissionDenied e) {
      return false;
    }
  }

  /** Nothing where the worker may not list them: its Role need not let it. */
  private String others(String name) {
    try {
      List<String> known =
          cluster.call(
              "list services",
              client ->
                  client.services().inNamespace(environment.namespace()).list().getItems().stream()
                      .map(service -> service.getMetadata().getName())
                      .toList());
      return known.isEmpty() ? ", nor any other" : NearestName.hint(name, known);
    } catch (ClusterFailure e) {
      return "";
    }
  }

  /** That the target's pods will not have the container whose log is to be read. */
  Optional<Finding> container(Revision target) {
    List<String> known =
        target.template().getSpec().getContainers().stream().map(Container::getName).toList();
    return environment
        .container()
        .filter(name -> !known.contains(name))
        .map(
            name ->
                Finding.blocker(
                    "container",
                    "%s has no container '%s'%s. Correct 'container' in the catalog"
                        .formatted(
                            target.version().describe(), name, NearestName.hint(name, known))));
  }
}
