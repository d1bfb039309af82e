package dev.rollbook.engine;

import dev.rollbook.ConfiguredTemporal;
import dev.rollbook.SearchAttributeRegistration;
import dev.rollbook.UnreachableTemporal;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Chooses the engine: the configured service, else the dev server, else one in this process. */
public final class Engines {

  private static final Map<Map<String, String>, ConnectedAhead> AHEAD = new ConcurrentHashMap<>();

  private Engines() {}

  /** Begins to connect to a service that is configured; the next {@link #open} takes it over. */
  public static void connectAhead(Map<String, String> environment) {
    AHEAD.computeIfAbsent(environment, ConnectedAhead::begin);
  }

  /**
   * @param stateDirectory where an embedded engine keeps its files; made when it is missing
   * @param say told one line: which engine it is, and where
   * @throws IllegalStateException when the engine cannot be used: which, why, what now
   */
  public static Engine open(
      Path stateDirectory, Map<String, String> environment, Consumer<String> say) {
    ConnectedAhead connected =
        Optional.ofNullable(AHEAD.remove(environment))
            .orElseGet(() -> ConnectedAhead.begin(environment));
    Optional<ConfiguredEngine> configured = connected.await();
    Engine engine =
        configured.isPresent() ? configured.get() : embedded(stateDirectory, environment);
    say.accept(engine.describe());
    try {
      Optional<String> leftOut =
          configured.isPresent()
              ? connected.awaitRegistered()
              : SearchAttributeRegistration.ensure(engine.service(), engine.namespace());
      leftOut.ifPresent(say);
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
    return engine;
  }

  /**
   * As {@link #open}, but a configured service may be away: it is connected to once it is there,
   * and others have to register what a run needs.
   *
   * @throws IllegalStateException when it answers, and cannot be used: which, why, what now
   */
  public static Engine openOrAwait(
      Path stateDirectory, Map<String, String> environment, Consumer<String> say) {
    try {
      return open(stateDirectory, environment, say);
    } catch (UnreachableTemporal away) {
      ConfiguredTemporal temporal = ConfiguredTemporal.in(environment).orElseThrow(() -> away);
      say.accept(away.getMessage());
      return new ConfiguredEngine(temporal, temporal.openUnasked());
    }
  }

  /** True when the engine that {@link #open} would choose keeps the history of runs. */
  public static boolean keepsHistory(Map<String, String> environment) {
    return ConfiguredTemporal.in(environment).isPresent()
        || temporalOn(environment.getOrDefault("PATH", "")).isPresent();
  }

  private static Engine embedded(Path stateDirectory, Map<String, String> environment) {
    return temporalOn(environment.getOrDefault("PATH", ""))
        .<Engine>map(temporal -> DevServer.join(stateDirectory, temporal, environment))
        .orElseGet(() -> InProcessEngine.start(stateDirectory));
  }

  /** The {@code temporal} command of a search path. */
  static Optional<Path> temporalOn(String searchPath) {
    return Arrays.stream(searchPath.split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, "temporal").toAbsolutePath())
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }
}
