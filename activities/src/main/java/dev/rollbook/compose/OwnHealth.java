package dev.rollbook.compose;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.local.Pause;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The containers' own HEALTHCHECK. "unhealthy" is no last word: a service that was slower than its
 * start period becomes healthy at its next check, so that only the time limit ends the wait.
 */
final class OwnHealth {

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);
  private static final int OUTPUT = 2 * 1024;

  private final String name;
  private final ServiceContainers containers;
  private final Redaction redaction;
  private final Heartbeat heartbeat;
  private final RestartLoop restarts = new RestartLoop();

  OwnHealth(String name, ServiceContainers containers, Redaction redaction, Heartbeat heartbeat) {
    this.name = name;
    this.containers = containers;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /** Returns what each container said, when all run, and are healthy where they have a check. */
  String await(Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    while (true) {
      List<ContainerState> states = alive();
      List<ContainerState> others = states.stream().filter(state -> !state.isWell()).toList();
      if (others.isEmpty()) {
        return states.stream().map(this::describe).collect(Collectors.joining("\n"));
      }
      if (System.nanoTime() > deadline) {
        throw Failures.hopeless(
            "NotHealthy",
            "%s: %d of %d containers not healthy within %s\n%s"
                .formatted(
                    name, others.size(), states.size(), Elapsed.describe(within), told(others)));
      }
      heartbeat.beat(
          "%d of %d containers healthy; %s"
              .formatted(
                  states.size() - others.size(),
                  states.size(),
                  others.get(0).name() + " " + word(others.get(0))));
      Pause.of(LOOK_EVERY);
    }
  }

  /**
   * All containers of the service, none of them dead.
   *
   * @throws io.temporal.failure.ApplicationFailure ServiceDied, NewerDeploy
   */
  List<ContainerState> alive() {
    List<ContainerState> states = containers.states();
    if (states.isEmpty()) {
      if (containers.come(heartbeat)) {
        return alive();
      }
      throw Failures.hopeless(
          "ServiceDied", name + ": no container of the service is left; somebody removed it");
    }
    for (ContainerState state : states) {
      if (state.hasEnded() || restarts.loops(state)) {
        if (state.hasEnded() && containers.isSucceeded(state, heartbeat)) {
          return alive();
        }
        throw Failures.hopeless(
            "ServiceDied",
            "%s: %s %s with %s; look at 'docker logs %s'%s"
                .formatted(
                    name,
                    state.name(),
                    state.hasEnded()
                        ? "ended after its start"
                        : "restarts in a loop, " + state.restarts() + " times so far, last",
                    state.ending(),
                    state.name(),
                    output(state)));
      }
    }
    return states;
  }

  private String told(List<ContainerState> states) {
    return states.stream().map(this::describe).collect(Collectors.joining("\n"));
  }

  private String describe(ContainerState state) {
    return state.name() + ": " + word(state) + output(state);
  }

  private static String word(ContainerState state) {
    return state.status().equals("running")
        ? state.health().orElse("running, no health check of its own: only the URL tells")
        : state.status();
  }

  private String output(ContainerState state) {
    String clean = redaction.clean(Evidence.plain(state.healthOutput()));
    return clean.isEmpty()
        ? ""
        : "; its health check said last: " + Evidence.beginning(clean, OUTPUT);
  }
}
