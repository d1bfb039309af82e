package dev.rollbook.compose;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What Compose is to be told to find one project again, as it was started.
 *
 * @param directory where relative paths and {@code .env} are looked up, absolute
 * @param files absolute, in Compose's order: the last one wins
 * @param name the project's name as its containers' labels have it; Compose derives one when empty
 * @param environmentFiles in place of the directory's {@code .env}, the last one wins
 */
public record ComposeFiles(
    Path directory,
    List<Path> files,
    Optional<String> name,
    List<String> profiles,
    List<Path> environmentFiles) {

  public ComposeFiles {
    files = List.copyOf(files);
    profiles = List.copyOf(profiles);
    environmentFiles = List.copyOf(environmentFiles);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("a Compose project has at least one file");
    }
  }

  public static ComposeFiles of(Path directory, List<Path> files) {
    return new ComposeFiles(directory, files, Optional.empty(), List.of(), List.of());
  }

  /** Those of a pinned service's project. */
  static ComposeFiles of(ComposePin pin) {
    return new ComposeFiles(
        Path.of(pin.directory()),
        pin.files().stream().map(Path::of).toList(),
        Optional.of(pin.project()),
        List.of(),
        split(pin.environmentFile()));
  }

  /** As a pin keeps them; null when there are none. */
  static String joined(List<Path> environmentFiles) {
    return environmentFiles.isEmpty()
        ? null
        : environmentFiles.stream().map(Path::toString).collect(Collectors.joining(","));
  }

  private static List<Path> split(String environmentFiles) {
    return environmentFiles == null
        ? List.of()
        : Arrays.stream(environmentFiles.split(",")).map(Path::of).toList();
  }

  /** Where variables are looked up; some may be missing. */
  List<Path> variables() {
    return environmentFiles.isEmpty() ? List.of(directory.resolve(".env")) : environmentFiles;
  }

  public ComposeFiles named(String project) {
    return new ComposeFiles(directory, files, Optional.of(project), profiles, environmentFiles);
  }

  ComposeFiles withFiles(List<Path> others) {
    return new ComposeFiles(directory, others, name, profiles, environmentFiles);
  }

  ComposeFiles withProfiles(List<String> others) {
    return new ComposeFiles(directory, files, name, others, environmentFiles);
  }

  /** The global arguments, which v1 and v2 take alike before the subcommand. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    files.forEach(file -> arguments.addAll(List.of("-f", file.toString())));
    arguments.addAll(List.of("--project-directory", directory.toString()));
    name.ifPresent(it -> arguments.addAll(List.of("-p", it)));
    environmentFiles.forEach(it -> arguments.addAll(List.of("--env-file", it.toString())));
    profiles.forEach(profile -> arguments.addAll(List.of("--profile", profile)));
    return arguments;
  }
}
