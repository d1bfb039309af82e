package dev.rollbook.compose;

import dev.rollbook.compose.ComposeCommand.Generation;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The Compose v1 and v2 of this machine: on the PATH, or where {@code dev/engines} builds them. */
final class Composes {

  private static final Map<Generation, ComposeCommand> FOUND =
      ComposeCommand.installed(Map.of("PATH", path()), () -> {}).stream()
          .collect(Collectors.toMap(ComposeCommand::generation, it -> it, (first, other) -> first));

  private Composes() {}

  static ComposeCommand v1() {
    return FOUND.get(Generation.V1);
  }

  static ComposeCommand v2() {
    return FOUND.get(Generation.V2);
  }

  static List<ComposeCommand> both() {
    return List.of(v2(), v1());
  }

  static List<Generation> missing() {
    return Arrays.stream(Generation.values()).filter(it -> !FOUND.containsKey(it)).toList();
  }

  static String path() {
    String engines =
        Optional.ofNullable(System.getenv("ROLLBOOK_ENGINES"))
            .orElse(Path.of(System.getProperty("user.home"), ".cache/rollbook/engines").toString());
    return Stream.of(System.getenv().getOrDefault("PATH", ""), engines + "/bin")
        .collect(Collectors.joining(File.pathSeparator));
  }
}
