package dev.rollbook.engine;

import dev.rollbook.ConfiguredTemporal;
import dev.rollbook.SearchAttributeRegistration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * The configured service, connected to in the background while the command line and the catalog are
 * read. What goes wrong is told to whoever asks for it, not before.
 */
record ConnectedAhead(
    CompletableFuture<Optional<ConfiguredEngine>> engine,
    CompletableFuture<Optional<String>> registered) {

  static ConnectedAhead begin(Map<String, String> environment) {
    Executor background =
        work -> {
          Thread thread = new Thread(work, "rollbook-connect");
          thread.setDaemon(true);
          thread.start();
        };
    CompletableFuture<Optional<ConfiguredEngine>> engine =
        CompletableFuture.supplyAsync(
            () ->
                ConfiguredTemporal.in(environment)
                    .map(temporal -> new ConfiguredEngine(temporal, temporal.open())),
            background);
    return new ConnectedAhead(
        engine,
        engine.thenApply(
            found ->
                found.flatMap(
                    one -> SearchAttributeRegistration.ensure(one.service(), one.namespace()))));
  }

  /**
   * @return empty when nothing names a Temporal service
   */
  Optional<ConfiguredEngine> await() {
    return joined(engine);
  }

  /**
   * @return what {@link SearchAttributeRegistration#ensure} has to say
   */
  Optional<String> awaitRegistered() {
    return joined(registered);
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException why ? why : e;
    }
  }
}
