package dev.rollbook.compose;

import java.util.List;
import java.util.function.Predicate;

/** One service's containers, found as Compose itself finds them: by labels, never by names. */
final class ServiceContainers {

  private final DockerEngine engine;
  private final String project;
  private final String service;
  private final Predicate<ServiceContainer> which;

  ServiceContainers(DockerEngine engine, String project, String service) {
    this(engine, project, service, each -> true);
  }

  private ServiceContainers(
      DockerEngine engine, String project, String service, Predicate<ServiceContainer> which) {
    this.engine = engine;
    this.project = project;
    this.service = service;
    this.which = which;
  }

  /** Without what an interrupted rollback has left beside them. */
  ServiceContainers only(List<String> ids) {
    return new ServiceContainers(engine, project, service, each -> ids.contains(each.id()));
  }

  static ServiceContainers of(DockerEngine engine, ComposePin pin) {
    return new ServiceContainers(engine, pin.project(), pin.service());
  }

  /** By Compose's number, stopped ones too. One that is removed meanwhile is left out. */
  List<ContainerState> states() {
    return ServiceContainer.of(engine, project, service).stream()
        .filter(which)
        .map(ContainerState::of)
        .toList();
  }
}
