package dev.rollbook.compose;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What Compose is to be told to find one project again, as it was started.
 *
 * @param directory where relative paths and {@code .env} are looked up, absolute
 * @param files absolute, in Compose's order: the last one wins
 * @param name the project's name as its containers' labels have it; Compose derives one when empty
 * @param environmentFile in place of the directory's {@code .env}
 */
public record ComposeFiles(
    Path directory,
    List<Path> files,
    Optional<String> name,
    List<String> profiles,
    Optional<Path> environmentFile) {

  public ComposeFiles {
    files = List.copyOf(files);
    profiles = List.copyOf(profiles);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("a Compose project has at least one file");
    }
  }

  public static ComposeFiles of(Path directory, List<Path> files) {
    return new ComposeFiles(directory, files, Optional.empty(), List.of(), Optional.empty());
  }

  /** Those of a pinned service's project. */
  static ComposeFiles of(ComposePin pin) {
    return new ComposeFiles(
        Path.of(pin.directory()),
        pin.files().stream().map(Path::of).toList(),
        Optional.of(pin.project()),
        List.of(),
        Optional.ofNullable(pin.environmentFile()).map(Path::of));
  }

  public ComposeFiles named(String project) {
    return new ComposeFiles(directory, files, Optional.of(project), profiles, environmentFile);
  }

  ComposeFiles withFiles(List<Path> others) {
    return new ComposeFiles(directory, others, name, profiles, environmentFile);
  }

  ComposeFiles withProfiles(List<String> others) {
    return new ComposeFiles(directory, files, name, others, environmentFile);
  }

  /** The global arguments, which v1 and v2 take alike before the subcommand. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    files.forEach(file -> arguments.addAll(List.of("-f", file.toString())));
    arguments.addAll(List.of("--project-directory", directory.toString()));
    name.ifPresent(it -> arguments.addAll(List.of("-p", it)));
    environmentFile.ifPresent(it -> arguments.addAll(List.of("--env-file", it.toString())));
    profiles.forEach(profile -> arguments.addAll(List.of("--profile", profile)));
    return arguments;
  }
}
