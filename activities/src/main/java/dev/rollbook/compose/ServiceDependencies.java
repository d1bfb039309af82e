package dev.rollbook.compose;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What each service of a project depends on: Compose v2 writes it on its containers, v1 only knows
 * it from the files.
 */
final class ServiceDependencies {

  private static final String JOB = "service_completed_successfully";

  private final Map<String, Map<String, String>> conditions = new LinkedHashMap<>();

  /**
   * @param config what {@code config} of Compose says, in YAML; asked only when labels say nothing
   */
  static ServiceDependencies of(List<ServiceContainer> containers, Config config)
      throws IOException {
    ServiceDependencies dependencies = new ServiceDependencies();
    boolean labelled = containers.stream().anyMatch(ServiceDependencies::isLabelled);
    for (ServiceContainer each : containers) {
      dependencies.conditions.computeIfAbsent(each.service(), s -> new LinkedHashMap<>());
      dependencies.read(each);
    }
    if (!labelled) {
      Optional<String> yaml = config.yaml();
      if (yaml.isPresent()) {
        dependencies.read(yaml.get());
      }
    }
    return dependencies;
  }

  /** The project as Compose understands it; empty when Compose is not at hand. */
  @FunctionalInterface
  interface Config {
    Optional<String> yaml() throws IOException;
  }

  List<String> inOrder() {
    Map<String, List<String>> names = new LinkedHashMap<>();
    conditions.forEach((service, needs) -> names.put(service, List.copyOf(needs.keySet())));
    return new StartOrder(names).services();
  }

  /** One that does its work and ends, before others begin. */
  boolean isJob(String service) {
    return conditions.values().stream().anyMatch(needs -> JOB.equals(needs.get(service)));
  }

  /** Another one starts after it. */
  boolean isNeeded(String service) {
    return conditions.values().stream().anyMatch(needs -> needs.containsKey(service));
  }

  private static boolean isLabelled(ServiceContainer container) {
    return container
        .inspect()
        .path("Config")
        .path("Labels")
        .has(ServiceContainer.LABEL + "depends_on");
  }

  /** {@code db:service_healthy:true,migration:service_completed_successfully:false} */
  private void read(ServiceContainer container) {
    for (String each : container.label("depends_on").orElse("").split(",")) {
      String[] parts = each.split(":");
      if (!parts[0].isBlank()) {
        conditions.get(container.service()).put(parts[0], parts.length > 1 ? parts[1] : "");
      }
    }
  }

  private void read(String yaml) throws IOException {
    Object root;
    try {
      root = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    } catch (YamlEngineException e) {
      throw new IOException("what `config` of Compose printed is no YAML", e);
    }
    if (root instanceof Map<?, ?> project && project.get("services") instanceof Map<?, ?> all) {
      for (Map.Entry<String, Map<String, String>> each : conditions.entrySet()) {
        if (all.get(each.getKey()) instanceof Map<?, ?> service) {
          each.getValue().putAll(conditions(service.get("depends_on")));
        }
      }
    }
  }

  private static Map<String, String> conditions(Object dependsOn) {
    Map<String, String> conditions = new LinkedHashMap<>();
    if (dependsOn instanceof Map<?, ?> map) {
      map.forEach(
          (name, how) ->
              conditions.put(
                  String.valueOf(name),
                  how instanceof Map<?, ?> details
                      ? String.valueOf(details.get("condition"))
                      : ""));
    } else if (dependsOn instanceof List<?> list) {
      new ArrayList<>(list).forEach(name -> conditions.put(String.valueOf(name), ""));
    }
    return conditions;
  }
}
