package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Finding;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds a service's containers by the labels that Compose gives them. */
final class ProjectSearch {

  private static final int NEAR = 3;
  private static final int LISTED = 20;
  private static final Comparator<ServiceContainer> IN_ORDER =
      Comparator.comparing((ServiceContainer each) -> !each.isProperlyNamed())
          .thenComparing(ServiceContainer::number);

  private final DockerEngine engine;
  private final List<Finding> findings = new ArrayList<>();

  ProjectSearch(DockerEngine engine) {
    this.engine = engine;
  }

  /** Why there is none, or which project it is. */
  List<Finding> findings() {
    return findings;
  }

  /**
   * @return in order of their numbers, what a crashed recreate left last; empty when there is no
   *     such service, or no telling which project is meant
   */
  List<ServiceContainer> find(Optional<String> project, String service) {
    List<JsonNode> all = composed();
    Set<String> projects = labels(all, ServiceContainer.PROJECT);
    if (project.isPresent() && !projects.contains(project.get())) {
      return none(
          "project",
          "no container of a project '%s'".formatted(project.get())
              + near(project.get(), projects));
    }
    List<JsonNode> inProject =
        all.stream()
            .filter(
                each ->
                    project.isEmpty()
                        || label(each, ServiceContainer.PROJECT).equals(project.get()))
            .toList();
    List<JsonNode> ofService =
        inProject.stream()
            .filter(each -> label(each, ServiceContainer.SERVICE).equals(service))
            .toList();
    if (ofService.isEmpty()) {
      return none(
          "project",
          "no container of a service '%s'%s"
                  .formatted(service, project.map(name -> " in project '" + name + "'").orElse(""))
              + near(service, labels(inProject, ServiceContainer.SERVICE))
              + "; where its containers were removed, 'docker compose up --no-start "
              + service
              + "' makes them anew and starts nothing: then run again");
    }
    Set<String> candidates = labels(ofService, ServiceContainer.PROJECT);
    if (candidates.size() > 1) {
      return none(
          "project",
          "several projects have a service '%s': %s; say in the catalog which is meant ('project')"
              .formatted(service, String.join(", ", candidates)));
    }
    findings.add(Finding.ok("project", candidates.iterator().next() + ", service " + service));
    return ofService.stream()
        .map(each -> engine.findContainer(each.path("Id").asText()))
        .flatMap(Optional::stream)
        .map(ServiceContainer::new)
        .sorted(IN_ORDER)
        .toList();
  }

  private List<JsonNode> composed() {
    JsonNode all =
        engine.get(
            "/containers/json?all=1&filters="
                + DockerEngine.encoded("{\"label\":[\"" + ServiceContainer.PROJECT + "\"]}"));
    return StreamSupport.stream(all.spliterator(), false)
        .filter(each -> label(each, ServiceContainer.ONE_OFF).equals("False"))
        .toList();
  }

  private List<ServiceContainer> none(String check, String why) {
    findings.add(Finding.blocker(check, why));
    return List.of();
  }

  private static String label(JsonNode container, String name) {
    return container.path("Labels").path(name).asText("");
  }

  private static Set<String> labels(Collection<JsonNode> containers, String name) {
    return containers.stream()
        .map(each -> label(each, name))
        .filter(value -> !value.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String near(String wanted, Set<String> known) {
    if (known.isEmpty()) {
      return "; the engine has none of Compose's containers there";
    }
    LevenshteinDistance distance = new LevenshteinDistance(NEAR);
    return known.stream()
            .filter(name -> distance.apply(name, wanted) >= 0)
            .min(Comparator.comparingInt(name -> distance.apply(name, wanted)))
            .map(name -> "; did you mean '" + name + "'?")
            .orElse("")
        + " There are: "
        + known.stream().limit(LISTED).collect(Collectors.joining(", "))
        + (known.size() > LISTED ? ", …" : "");
  }
}
