package dev.rollbook.cli;

import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Freeze;
import dev.rollbook.decision.GuardLimits;
import dev.rollbook.decision.Guarded;
import dev.rollbook.decision.Memory;
import dev.rollbook.decision.TemporalAway;
import dev.rollbook.decision.TimelyCalls;
import io.temporal.client.WorkflowNotFoundException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the guard remembers, for people to see; nothing where it does not answer in time. */
final class GuardMemory {

  private static final TimelyCalls CALLS = new TimelyCalls(Duration.ofSeconds(3));

  private final Memory memory;
  private final GuardLimits limits;

  private GuardMemory(Memory memory, GuardLimits limits) {
    this.memory = memory;
    this.limits = limits;
  }

  static GuardMemory none(GuardLimits limits) {
    return new GuardMemory(Memory.EMPTY, limits);
  }

  /** Asked once: a rollback does not wait for the guard, and does not fail by it. */
  static GuardMemory of(Session session) {
    GuardLimits limits = session.catalog().guardLimits();
    try {
      Memory told = CALLS.inTime(() -> ask(session));
      return new GuardMemory(told == null ? Memory.EMPTY : told, limits);
    } catch (TemporalAway | WorkflowNotFoundException away) {
      return none(limits);
    }
  }

  private static Memory ask(Session session) {
    return session.isOpen(WorkflowIds.GUARD) && session.hasWorker(TaskQueues.ROLLBOOK)
        ? session.client().newUntypedWorkflowStub(WorkflowIds.GUARD).query("status", Memory.class)
        : Memory.EMPTY;
  }

  /** Why no alert rolls it back. */
  Optional<Freeze> freeze(String service) {
    return memory.frozen().stream().filter(freeze -> freeze.concerns(service)).findFirst();
  }

  /** What else keeps alerts from it. */
  Optional<Guarded> guarded(String service, String environment) {
    return Optional.ofNullable(Guarded.of(memory, service, environment, limits, Instant.now()));
  }
}
