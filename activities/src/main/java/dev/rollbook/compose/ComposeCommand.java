package dev.rollbook.compose;

import dev.rollbook.compose.BoundedCommand.Answer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compose as it is installed on this machine: the {@code docker compose} plugin, or {@code
 * docker-compose} standing alone, which is v1 or v2.
 */
public final class ComposeCommand {

  private static final Duration CONFIG_WITHIN = Duration.ofMinutes(1);
  private static final Pattern V1 = Pattern.compile("docker-compose version (1\\.[^\\s,]+)");
  private static final Pattern V2 = Pattern.compile("Docker Compose version v?(\\S*)");

  private static final ComposeVersions VERSIONS = new ComposeVersions();

  private final List<String> program;
  private final Generation generation;
  private final String version;
  private final Map<String, String> environment;

  /** What differs between them is told at the methods that meet it. */
  public enum Generation {
    V1,
    V2
  }

  private ComposeCommand(
      List<String> program,
      Generation generation,
      String version,
      Map<String, String> environment) {
    this.program = List.copyOf(program);
    this.generation = generation;
    this.version = version;
    this.environment = Map.copyOf(environment);
  }

  /**
   * All that are on the PATH, v2 before v1; empty when there is none.
   *
   * @param environment what its commands get beside this process's own: {@code DOCKER_HOST}; a
   *     {@code PATH} in it is the one that is searched
   * @param whileWaiting called at least every second; what it throws ends the look
   */
  public static List<ComposeCommand> installed(
      Map<String, String> environment, Runnable whileWaiting) {
    List<ComposeCommand> found = new ArrayList<>();
    for (List<String> program : programs(environment)) {
      ask(program, environment, whileWaiting).ifPresent(found::add);
    }
    return found.stream().sorted((a, b) -> b.generation.compareTo(a.generation)).toList();
  }

  /** The first on the PATH that is of this generation, else the first of the other. */
  static Optional<ComposeCommand> preferred(
      Generation generation, Map<String, String> environment, Runnable whileWaiting) {
    Optional<ComposeCommand> other = Optional.empty();
    for (List<String> program : programs(environment)) {
      Optional<ComposeCommand> found = ask(program, environment, whileWaiting);
      if (found.isPresent() && found.get().generation == generation) {
        return found;
      }
      other = other.or(() -> found);
    }
    return other;
  }

  /** The one program, whatever it is; empty when it is no Compose. */
  public static Optional<ComposeCommand> ask(
      List<String> program, Map<String, String> environment, Runnable whileWaiting) {
    try {
      return VERSIONS
          .said(program, environment, whileWaiting)
          .flatMap(words -> recognized(program, words, environment));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<ComposeCommand> recognized(
      List<String> program, String words, Map<String, String> environment) {
    Matcher v1 = V1.matcher(words);
    if (v1.find()) {
      return Optional.of(new ComposeCommand(program, Generation.V1, v1.group(1), environment));
    }
    Matcher v2 = V2.matcher(words);
    return v2.find()
        ? Optional.of(new ComposeCommand(program, Generation.V2, v2.group(1), environment))
        : Optional.empty();
  }

  public Generation generation() {
    return generation;
  }

  /** Without a leading v; empty when it was built without telling it. */
  public String version() {
    return version;
  }

  /** As it is typed, and what it is: {@code docker-compose 1.29.2}. */
  public String describe() {
    String name =
        program.size() == 1
            ? Path.of(program.get(0)).getFileName().toString()
            : String.join(" ", program);
    return name + " " + (version.isEmpty() ? generation.name().toLowerCase() : version);
  }

  /**
   * @param out standard output, at most 16 MiB
   * @param err standard error: progress and warnings
   */
  public record Output(String out, String err) {}

  /**
   * Runs a subcommand on the project, for example {@code up -d --no-deps shop}.
   *
   * @param whileWaiting called at least every second; what it throws ends the whole process tree
   * @throws ComposeFailed with Compose's own words
   * @throws IOException when it cannot be started or is not done in time
   */
  public Output run(
      ComposeFiles project, List<String> arguments, Duration within, Runnable whileWaiting)
      throws IOException {
    List<String> all = new ArrayList<>(project.arguments());
    all.addAll(arguments);
    return run(all, project.directory(), within, whileWaiting);
  }

  /** As the other, with all arguments given. */
  public Output run(List<String> arguments, Path directory, Duration within, Runnable whileWaiting)
      throws IOException {
    List<String> argv = new ArrayList<>(program);
    argv.addAll(arguments);
    BoundedCommand command = new BoundedCommand(argv, directory, environment);
    Answer answer = command.run(within, whileWaiting);
    if (answer.exitCode() != 0) {
      throw new ComposeFailed(
          "%s exited %d: %s".formatted(command.describe(), answer.exitCode(), answer.words()),
          answer.exitCode());
    }
    return new Output(answer.out(), answer.err());
  }

  /** The project as Compose understands it, in YAML; may hold secrets of the environment. */
  public String config(ComposeFiles project, Runnable whileWaiting) throws IOException {
    return run(project, List.of("config"), CONFIG_WITHIN, whileWaiting).out();
  }

  private static List<List<String>> programs(Map<String, String> environment) {
    String path = environment.getOrDefault("PATH", System.getenv().getOrDefault("PATH", ""));
    List<List<String>> programs = new ArrayList<>();
    Set<Path> seen = new HashSet<>();
    Arrays.stream(path.split(File.pathSeparator))
        .filter(folder -> !folder.isBlank())
        .map(Path::of)
        .filter(folder -> seen.add(real(folder)))
        .forEach(
            folder -> {
              if (isProgram(folder.resolve("docker-compose"))) {
                programs.add(List.of(folder.resolve("docker-compose").toString()));
              }
              if (isProgram(folder.resolve("docker"))) {
                programs.add(List.of(folder.resolve("docker").toString(), "compose"));
              }
            });
    return programs;
  }

  /** Where {@code /bin} is {@code /usr/bin}, the PATH leads to the same programs twice. */
  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      return folder;
    }
  }

  private static boolean isProgram(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }
}
