package dev.rollbook.compose;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * What every Compose makes of the same files. They are asked on threads of their own, so that
 * several questions take the time of one: v1 needs half a second for an answer.
 */
final class AskedConfig implements AutoCloseable {

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(5);

  private final Map<ComposeCommand, Future<Map<?, ?>>> answers = new LinkedHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool(AskedConfig::daemon);

  /**
   * Begins to ask.
   *
   * @param whileWaiting called at least every second, by these threads; what it throws ends Compose
   */
  AskedConfig(ComposeFiles files, List<ComposeCommand> composes, Runnable whileWaiting) {
    composes.forEach(
        compose ->
            answers.put(compose, threads.submit(() -> config(compose, files, whileWaiting))));
  }

  /**
   * Waits for the answer.
   *
   * @throws ComposeFailed with Compose's own words when it refuses the files
   */
  Map<?, ?> of(ComposeCommand compose) throws IOException {
    try {
      return answers.get(compose).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + compose.describe() + " was asked", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw e.getCause() instanceof RuntimeException ends
          ? ends
          : new IllegalStateException(e.getCause());
    }
  }

  private static Map<?, ?> config(ComposeCommand compose, ComposeFiles files, Runnable whileWaiting)
      throws IOException {
    String yaml = compose.config(files, whileWaiting);
    try {
      LoadSettings texts = LoadSettings.builder().setSchema(new FailsafeSchema()).build();
      if (new Load(texts).loadFromString(yaml) instanceof Map<?, ?> map) {
        return map;
      }
    } catch (YamlEngineException e) {
      // what it printed is no project then
    }
    throw new IOException("the answer of '" + compose.describe() + " config' is not YAML");
  }

  /** Who still asks is ended, and has left nothing behind when this returns. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      threads.awaitTermination(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "rollbook-compose-config");
    thread.setDaemon(true);
    return thread;
  }
}
