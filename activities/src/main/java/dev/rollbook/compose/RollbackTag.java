package dev.rollbook.compose;

import dev.rollbook.Failures;
import java.util.Optional;

/** A tag of Rollbook's own. It is never moved: somebody may go back to what it means. */
final class RollbackTag {

  private final DockerEngine engine;
  private final String service;
  private final String reference;

  /**
   * @param service for messages
   */
  RollbackTag(DockerEngine engine, String service, String reference) {
    this.engine = engine;
    this.service = service;
    this.reference = reference;
  }

  /**
   * @return true when it was not there before
   * @throws io.temporal.failure.ApplicationFailure NewerDeploy when it means another image
   */
  boolean put(String image) {
    Optional<String> means = means();
    if (means.isPresent()) {
      if (means.get().equals(image)) {
        return false;
      }
      throw meansAnother(means.get());
    }
    int colon = reference.lastIndexOf(':');
    engine.post(
        "/images/%s/tag?repo=%s&tag=%s"
            .formatted(
                DockerEngine.encoded(image),
                DockerEngine.encoded(reference.substring(0, colon)),
                DockerEngine.encoded(reference.substring(colon + 1))),
        null);
    return true;
  }

  /** As long as nothing of this plan has made it. */
  void refuseIfThere() {
    means()
        .ifPresent(
            other -> {
              throw meansAnother(other);
            });
  }

  /** The ID of its image. */
  private Optional<String> means() {
    return engine.findImage(reference).map(image -> image.path("Id").asText());
  }

  private RuntimeException meansAnother(String image) {
    return Failures.hopeless(
        "NewerDeploy",
        "%s: the rollback tag %s means another image by now (%s); it was left as it is. Plan again."
            .formatted(service, reference, image));
  }
}
