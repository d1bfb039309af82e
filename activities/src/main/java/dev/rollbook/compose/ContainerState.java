package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How one container is at one moment, for who waits until it is as wanted.
 *
 * @param status the engine's word: created, running, paused, restarting, exited, dead
 * @param startedAt with nanoseconds; {@link Instant#EPOCH} when it was never started
 * @param finishedAt the end of the run before; {@link Instant#EPOCH} when none has ended
 * @param restarts how often its restart policy has started it again
 * @param health the word of its own health check; empty when it has none
 * @param healthOutput what that check printed last
 * @param logDriver where its output goes
 */
record ContainerState(
    String id,
    String name,
    String status,
    int exitCode,
    boolean oomKilled,
    Instant startedAt,
    Instant finishedAt,
    int restarts,
    Optional<String> health,
    String healthOutput,
    boolean tty,
    String logDriver) {

  private static final Duration WRITTEN_DOWN_WITHIN = Duration.ofSeconds(1);

  static ContainerState of(ServiceContainer container) {
    JsonNode inspect = container.inspect();
    JsonNode state = inspect.path("State");
    JsonNode outputs = state.path("Health").path("Log");
    return new ContainerState(
        container.id(),
        container.name(),
        container.status(),
        container.exitCode(),
        container.wasOutOfMemory(),
        instant(state.path("StartedAt")),
        instant(state.path("FinishedAt")),
        inspect.path("RestartCount").asInt(),
        Optional.of(container.health()).filter(word -> !word.isEmpty()),
        outputs.path(outputs.size() - 1).path("Output").asText().strip(),
        inspect.path("Config").path("Tty").asBoolean(),
        inspect.path("HostConfig").path("LogConfig").path("Type").asText());
  }

  /** Running, and healthy where it has a check of its own. */
  boolean isWell() {
    return status.equals("running") && health.orElse("healthy").equals("healthy");
  }

  boolean runs() {
    return status.equals("running") || status.equals("paused");
  }

  /** Ended, and not about to be started again by its restart policy. */
  boolean hasEnded() {
    return status.equals("exited") || status.equals("dead");
  }

  /**
   * Lies between the run before and this one. Not {@code startedAt}: the engine writes that down
   * only after it has let the program go, whose first lines are often a moment older.
   */
  Instant beginning() {
    if (!runs()) {
      // the run before is forgotten: finishedAt is this one's end, which may be older than its
      // start
      return startedAt.equals(Instant.EPOCH) ? Instant.EPOCH : startedAt.minus(WRITTEN_DOWN_WITHIN);
    }
    return finishedAt.equals(Instant.EPOCH)
        ? Instant.EPOCH
        : finishedAt.plus(Duration.between(finishedAt, startedAt).dividedBy(2));
  }

  /** {@code exit code 137, killed for want of memory}. */
  String ending() {
    return "exit code " + exitCode + (oomKilled ? ", killed for want of memory (OOMKilled)" : "");
  }

  private static Instant instant(JsonNode text) {
    String written = text.asText();
    return written.isEmpty() || written.startsWith("0001-")
        ? Instant.EPOCH
        : Instant.parse(written);
  }
}
