package dev.rollbook.compose;

import java.util.ArrayList;
import java.util.List;

/**
 * Containers that live in a namespace of others: they hold an ID, which goes with its container.
 */
final class NamespaceSharers {

  static final List<String> NAMESPACES = List.of("NetworkMode", "IpcMode", "PidMode");
  static final String OF = "container:";

  private final DockerEngine engine;

  NamespaceSharers(DockerEngine engine) {
    this.engine = engine;
  }

  /**
   * @param namespace in words
   * @param owner as it was asked for: an ID or a name
   */
  record Sharer(ServiceContainer container, String namespace, String owner) {

    /** How it is created anew. */
    String remedy() {
      return container
          .label("service")
          .map(name -> " ('docker compose up -d --no-deps --force-recreate " + name + "')")
          .orElse("");
    }
  }

  /** Of the whole engine, whatever project they are of. */
  List<Sharer> of(List<String> idsAndNames) {
    List<Sharer> sharers = new ArrayList<>();
    engine
        .get("/containers/json?all=1")
        .forEach(
            each ->
                engine
                    .findContainer(each.path("Id").asText())
                    .map(ServiceContainer::new)
                    .ifPresent(it -> sharers.addAll(of(it, idsAndNames))));
    return sharers;
  }

  private static List<Sharer> of(ServiceContainer container, List<String> owners) {
    return NAMESPACES.stream()
        .filter(namespace -> container.host(namespace).startsWith(OF))
        .map(
            namespace ->
                new Sharer(
                    container, word(namespace), container.host(namespace).substring(OF.length())))
        .filter(sharer -> owners.contains(sharer.owner()))
        .toList();
  }

  static String word(String namespace) {
    return switch (namespace) {
      case "NetworkMode" -> "network";
      case "IpcMode" -> "shared memory";
      default -> "processes";
    };
  }
}
