package dev.rollbook.compose;

import dev.rollbook.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where a project lies, as its containers' labels say.
 *
 * @param directory absolute; empty when no label says it
 * @param files absolute, in Compose's order; empty when one of them cannot be read on this machine
 */
record ProjectFolder(String directory, List<Path> files, Finding finding) {

  private static final String CHECK = "compose file";
  private static final String OVER_THE_API =
      "; the containers are created anew over the engine's API, and nothing is written down: the next 'docker compose up' on the machine that has the files may bring the bad version back";

  /**
   * v1 writes files relative to the folder, v2 absolute; both put commas between several. A file in
   * our own state folder served one restart only, and is none of the project's.
   */
  static ProjectFolder of(ServiceContainer container, Path state) {
    Optional<String> directory = container.label("project.working_dir");
    Optional<String> files = container.label("project.config_files");
    if (directory.isEmpty() || files.isEmpty()) {
      return unreadable(
          directory.orElse(""), "its containers' labels do not say where it is" + OVER_THE_API);
    }
    try {
      Path folder = Path.of(directory.get());
      List<Path> all =
          Arrays.stream(files.get().split(","))
              .map(String::strip)
              .map(folder::resolve)
              .filter(file -> !isWithin(state, file))
              .toList();
      Optional<Path> missing =
          all.stream()
              .filter(file -> !Files.isRegularFile(file) || !Files.isReadable(file))
              .findFirst();
      return missing.isPresent()
          ? unreadable(
              directory.get(),
              missing.get() + " cannot be read on the worker's machine" + OVER_THE_API)
          : new ProjectFolder(
              directory.get(),
              all,
              Finding.ok(CHECK, String.join(", ", all.stream().map(Path::toString).toList())));
    } catch (InvalidPathException e) {
      return unreadable(directory.get(), files.get() + " is no path here" + OVER_THE_API);
    }
  }

  private static boolean isWithin(Path state, Path file) {
    Path own = state.toAbsolutePath().normalize();
    try {
      return file.normalize().startsWith(own) || file.normalize().startsWith(own.toRealPath());
    } catch (IOException e) {
      return false; // there is no state folder yet
    }
  }

  private static ProjectFolder unreadable(String directory, String why) {
    return new ProjectFolder(directory, List.of(), Finding.warning(CHECK, why));
  }

  List<String> fileNames() {
    return files.stream().map(Path::toString).toList();
  }

  ComposeFiles project(ServiceContainer container) {
    return new ComposeFiles(
        Path.of(directory),
        files,
        container.label("project"),
        List.of(),
        environmentFiles(container));
  }

  /** Those that the project was started with, in place of {@code .env}; v2 takes several. */
  List<Path> environmentFiles(ServiceContainer container) {
    return container.label("project.environment_file").stream()
        .flatMap(files -> Arrays.stream(files.split(",")))
        .map(String::strip)
        .filter(file -> !file.isEmpty())
        .map(Path.of(directory)::resolve)
        .toList();
  }
}
