package dev.rollbook.compose;

import java.util.List;

/**
 * What was pinned of a Compose service.
 *
 * @param project the project's name, as its containers' labels say
 * @param service the service's name in the compose files
 * @param directory the project's folder on the worker's machine, absolute
 * @param files the project's compose files, absolute, in Compose's order; empty when they cannot be
 *     read here, so that containers are created again over the engine's API
 * @param containers those of the service when planned, by number, what a crashed recreate left
 *     last; empty when there were none
 * @param image the reference that the service is pinned to, a tag of Rollbook's own: {@code
 *     rollback/shopping-service:20261123-0517-def456abc123}
 * @param pin how the pin is written down
 * @param environmentFile in place of the directory's {@code .env}, absolute; several are joined by
 *     commas, the last one wins; null when there is none
 * @param accepted what Compose said to it when planned; null when it is still to be asked
 * @param written what the next {@code up} would have started; null in plans from before it was kept
 */
public record ComposePin(
    String project,
    String service,
    String directory,
    List<String> files,
    List<Container> containers,
    String image,
    Pin pin,
    String environmentFile,
    Accepted accepted,
    Written written) {

  /** Where nobody looks what a deploy would start. */
  public ComposePin(
      String project,
      String service,
      String directory,
      List<String> files,
      List<Container> containers,
      String image,
      Pin pin,
      String environmentFile,
      Accepted accepted) {
    this(
        project,
        service,
        directory,
        files,
        containers,
        image,
        pin,
        environmentFile,
        accepted,
        null);
  }

  /**
   * One container of the service.
   *
   * @param id the full id
   * @param number Compose's own count, from 1
   * @param image the ID of the image it really runs
   */
  public record Container(String id, int number, String image) {}

  /**
   * Compose took the files as they will be.
   *
   * @param digest SHA-256 of all that it read, as it was then
   * @param by which Compose, in words
   * @param resetsBuild true when an override takes the build section away
   */
  public record Accepted(String digest, String by, boolean resetsBuild) {}

  /**
   * The image that the project itself names. A deploy that is under way changes it before it
   * touches a container.
   *
   * @param image as the files name it, else as the container was created from: {@code shop:latest}
   * @param id the ID that it meant; null when the engine had no such image
   */
  public record Written(String image, String id) {}

  /** How the image is written down, so that the next {@code docker compose up} keeps it. */
  public enum Pin {
    /** In the compose file itself, as the runbook does. */
    EDIT,
    /** In an override file of our own. */
    OVERRIDE,
    /** Nowhere: the next {@code up} may bring the bad version back, and the report says so. */
    LEAVE
  }

  /** One container of each is wanted; a recreate that was cut off has left two of the same. */
  public List<Integer> numbers() {
    return containers.stream().map(Container::number).distinct().sorted().toList();
  }

  public ComposePin {
    files = files == null ? List.of() : List.copyOf(files);
    containers = containers == null ? List.of() : List.copyOf(containers);
  }
}
