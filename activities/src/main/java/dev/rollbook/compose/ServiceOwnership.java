package dev.rollbook.compose;

import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.Version;
import java.util.List;

/** Which of a service's containers a plan may touch: those it pinned, and those of its target. */
final class ServiceOwnership {

  private final PinnedService service;

  ServiceOwnership(PinnedService service) {
    this.service = service;
  }

  /**
   * Also where the target had yet to be built when it was planned: then the rollback tag says which
   * image it became.
   */
  static ServiceOwnership of(PinnedService service, DockerEngine engine) {
    return service.target().kind() == Version.Kind.COMMIT
        ? new ServiceOwnership(
            engine
                .findImage(service.compose().image())
                .map(built -> Version.image(built.path("Id").asText(), service.compose().image()))
                .map(service::withTarget)
                .orElse(service))
        : new ServiceOwnership(service);
  }

  boolean isPinned(ServiceContainer container) {
    return service.compose().containers().stream()
        .anyMatch(pinned -> pinned.id().equals(container.id()));
  }

  boolean runsTarget(ServiceContainer container) {
    return container.image().equals(service.target().id());
  }

  /** Whatever state they are in: a newer deploy may have crashed already. */
  void refuseOthers(List<ServiceContainer> containers) {
    for (ServiceContainer other : containers) {
      if (!isPinned(other) && !runsTarget(other)) {
        throw Failures.hopeless(
            "NewerDeploy",
            "%s: %s with the image %s is neither pinned nor of the target %s: somebody deployed meanwhile. Nothing more was touched; look who, then plan again."
                .formatted(
                    service.service(),
                    other.describe(),
                    other.image(),
                    service.target().describe()));
      }
    }
  }
}
