package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** One service's containers, found as Compose itself finds them: by labels, never by names. */
final class ServiceContainers {

  private final DockerEngine engine;
  private final String project;
  private final String service;

  ServiceContainers(DockerEngine engine, String project, String service) {
    this.engine = engine;
    this.project = project;
    this.service = service;
  }

  static ServiceContainers of(DockerEngine engine, ComposePin pin) {
    return new ServiceContainers(engine, pin.project(), pin.service());
  }

  /** By Compose's number, stopped ones too. One that is removed meanwhile is left out. */
  List<ContainerState> states() {
    List<ContainerState> states = new ArrayList<>();
    for (JsonNode container : listed()) {
      engine
          .findContainer(container.path("Id").asText())
          .map(ContainerState::of)
          .ifPresent(states::add);
    }
    return states;
  }

  private List<JsonNode> listed() {
    List<String> labels =
        List.of(
            "com.docker.compose.project=" + project,
            "com.docker.compose.service=" + service,
            "com.docker.compose.oneoff=False");
    JsonNode filters = Payloads.mapper().valueToTree(Map.of("label", labels));
    List<JsonNode> found = new ArrayList<>();
    engine
        .get("/containers/json?all=1&filters=" + DockerEngine.encoded(filters.toString()))
        .forEach(found::add);
    found.sort(
        Comparator.comparingInt(
            container ->
                container.path("Labels").path("com.docker.compose.container-number").asInt()));
    return found;
  }
}
