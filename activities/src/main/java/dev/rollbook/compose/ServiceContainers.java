package dev.rollbook.compose;

import java.util.List;

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
    return ServiceContainer.of(engine, project, service).stream().map(ContainerState::of).toList();
  }
}
