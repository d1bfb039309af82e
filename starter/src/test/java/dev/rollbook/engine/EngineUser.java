package dev.rollbook.engine;

import java.nio.file.Path;
import java.util.Map;

/** A Rollbook process in small: opens the engine, says so, and leaves at the end of its input. */
final class EngineUser {

  private EngineUser() {}

  public static void main(String[] arguments) throws Exception {
    Engine engine =
        Engines.open(
            Path.of(arguments[0]),
            Map.of("PATH", System.getenv("PATH"), "TEMPORAL_CONFIG_FILE", "/dev/null"),
            System.out::println);
    System.out.println("READY");
    while (System.in.read() >= 0) {
      continue;
    }
    engine.close();
    System.exit(0);
  }
}
