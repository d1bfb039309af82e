package dev.rollbook;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What one plan keeps on disk, in a folder of its own. A file is there with all its content or not
 * at all, and outlives a crash of the machine; only its owner may read it, since logs and the
 * settings of a service hold more than everybody may see.
 */
public final class PlanFiles {

  private static final FileAttribute<?> OWNERS_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<?> OWNERS_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path folder;

  /**
   * @param folder made when something is to be kept in it
   */
  public PlanFiles(Path folder) {
    this.folder = folder.toAbsolutePath();
  }

  /** {@code <state>/jobs/<environment>/<service>/<plan id>/} */
  public static PlanFiles of(Path state, PinnedService service) {
    return new PlanFiles(
        allOf(state, service.service(), service.environment()).resolve(service.planId()));
  }

  /** Where all plans of a service lie. */
  static Path allOf(Path state, String service, String environment) {
    return state.resolve("jobs").resolve(environment).resolve(service);
  }

  /** Those that have begun: nothing of theirs may be started any more. */
  static void fenceAll(Path plans) throws IOException {
    if (Files.isDirectory(plans)) {
      try (Stream<Path> begun = Files.list(plans)) {
        for (Path plan : begun.filter(Files::isDirectory).toList()) {
          PlanFiles files = new PlanFiles(plan);
          if (!files.isFenced()) {
            files.fence();
          }
        }
      }
    }
  }

  public PlanFiles in(String name) {
    return new PlanFiles(folder.resolve(name));
  }

  public Path folder() {
    return folder;
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  public boolean has(String name) {
    return Files.exists(file(name));
  }

  /** Empty when nothing was kept under this name. */
  public Optional<byte[]> read(String name) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(file(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Whole or not at all.
   *
   * @throws IOException naming the file, as that of a full disk does not
   */
  public Path write(String name, byte[] bytes) throws IOException {
    Path part = file(name + ".part");
    try {
      return write(part, file(name), bytes);
    } catch (IOException e) {
      Files.deleteIfExists(part);
      throw new IOException(file(name) + " could not be written: " + e.getMessage(), e);
    }
  }

  private Path write(Path part, Path file, byte[] bytes) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder.getParent());
      Files.createDirectories(folder, OWNERS_FOLDER);
    }
    WholeFile.write(part, file, bytes, OWNERS_FILE);
    return file;
  }

  public Path write(String name, String text) throws IOException {
    return write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Nothing of this plan may be started any more: a late attempt must not undo the stop. */
  public void fence() throws IOException {
    try {
      write("stopped", "the run was stopped\n");
    } catch (IOException full) {
      // its name is what counts, and a full disk often has room for that
      Files.newByteChannel(file("stopped"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
          .close();
    }
  }

  public boolean isFenced() {
    return has("stopped");
  }

  public void refuseIfFenced() {
    if (isFenced()) {
      throw Failures.hopeless(
          "Stopped", "This run was stopped; nothing of it is started again. Start a new run.");
    }
  }
}
