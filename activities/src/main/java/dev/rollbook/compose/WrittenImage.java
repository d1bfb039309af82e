package dev.rollbook.compose;

import dev.rollbook.Failures;
import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposePin.Written;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the project itself would start. Who deploys builds, pulls or names another image first, and
 * replaces the containers after it.
 */
final class WrittenImage {

  /** No variables of Compose: without Compose they are not known. */
  private static final Pattern REFERENCE = Pattern.compile("[\\w.:/@-]+");

  private WrittenImage() {}

  static Written of(DockerEngine engine, String image) {
    return new Written(image, idOf(engine, image).orElse(null));
  }

  /**
   * @param now what the files name by now; null when they were not read, or name none
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy
   */
  static void refuseRenamed(PinnedService service, String now) {
    Written planned = service.compose().written();
    boolean isOurs =
        planned == null
            || now == null
            || now.equals(planned.image())
            || now.equals(service.compose().image());
    if (!isOurs) {
      throw newer(
          service,
          "the compose files name the image %s by now, and %s when this was planned"
              .formatted(now, planned.image()));
    }
  }

  /**
   * To the target is no move that matters: an image that Rollbook built may have taken the name
   * too.
   *
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy
   */
  static void refuseMoved(DockerEngine engine, PinnedService service) {
    Written planned = service.compose().written();
    if (planned == null) {
      return;
    }
    Optional<String> now = idOf(engine, planned.image());
    if (now.isPresent()
        && !now.get().equals(planned.id())
        && !now.get().equals(service.target().id())) {
      throw newer(
          service,
          "%s means the image %s by now, and %s when this was planned"
              .formatted(planned.image(), now.get(), planned.id() == null ? "none" : planned.id()));
    }
  }

  private static Optional<String> idOf(DockerEngine engine, String image) {
    return REFERENCE.matcher(image).matches()
        ? engine.findImage(image).map(found -> found.path("Id").asText())
        : Optional.empty();
  }

  private static RuntimeException newer(PinnedService service, String what) {
    return Failures.hopeless(
        "NewerDeploy",
        "%s: %s: somebody deploys meanwhile. The service was not touched; look who, then plan again."
            .formatted(service.service(), what));
  }
}
