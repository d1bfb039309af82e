package dev.rollbook.compose;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.StartLines;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * B6: the log of every container of the service, of its newest start only, until each has printed
 * the start line.
 *
 * <p>An error line fails the step at once, even before the start line: the catalog says that no
 * good start prints it, and every minute of waiting is one that the service does not serve. What is
 * printed within the second after it is still read, since a stack trace follows its message.
 *
 * <p>One that ends is dead when nothing starts it again. One with a restart policy may need a
 * second start, when what it depends on was slower; the third time it is a loop.
 *
 * <p>A container of somebody else ends it as a newer deploy, whatever it printed.
 */
final class StartLog implements AutoCloseable {

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);
  private static final int SHOWN = 120;
  private static final int SHOWN_BYTES = 12 * 1024;

  private final String name;
  private final ComposeEnvironment compose;
  private final DockerEngine engine;
  private final ServiceContainers containers;
  private final Redaction redaction;
  private final Heartbeat heartbeat;
  private final RestartLoop restarts = new RestartLoop();
  private final Semaphore news = new Semaphore(0);
  private final Map<String, FollowedLog> logs = new LinkedHashMap<>();
  private final long begun = System.nanoTime();
  private long failsAt = Long.MAX_VALUE;

  StartLog(
      String name,
      ComposeEnvironment compose,
      DockerEngine engine,
      ServiceContainers containers,
      Redaction redaction,
      Heartbeat heartbeat) {
    this.name = name;
    this.compose = compose;
    this.engine = engine;
    this.containers = containers;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /**
   * @param summary one line
   * @param evidence the start lines, and the last lines of each log
   */
  record Started(String summary, String evidence) {}

  /** Returns when all have started. */
  Started finish() {
    long deadline = begun + compose.startWithin().toNanos();
    while (true) {
      List<ContainerState> states = containers.states();
      follow(states);
      refuseErrorLines();
      states.forEach(this::refuseDead);
      if (states.isEmpty() && !containers.come(heartbeat)) {
        throw Failures.hopeless(
            "ServiceDied",
            name + ": no container of the service is left; somebody removed it while it started");
      }
      if (failsAt == Long.MAX_VALUE
          && !states.isEmpty()
          && states.stream().allMatch(this::hasStarted)) {
        return started();
      }
      if (System.nanoTime() > deadline) {
        throw notReady(states);
      }
      beat(states);
      awaitNews(deadline);
    }
  }

  private void follow(List<ContainerState> states) {
    if (!states.isEmpty()) {
      dropAllBut(states);
    }
    for (ContainerState state : states) {
      FollowedLog log = logs.get(state.id());
      boolean brokenOff = log != null && log.end() == FollowedLog.End.ENDED && state.runs();
      if (log == null || !log.isOf(state) || brokenOff) {
        if (log != null) {
          log.close();
        }
        StartLines lines = new StartLines(compose.startLine(), compose.errorLines());
        logs.put(state.id(), new FollowedLog(engine, state, lines, news::release));
      }
    }
  }

  /** One that another has taken the place of has nothing more to say. */
  private void dropAllBut(List<ContainerState> states) {
    Set<String> there = states.stream().map(ContainerState::id).collect(Collectors.toSet());
    for (String gone : List.copyOf(logs.keySet())) {
      if (!there.contains(gone)) {
        logs.remove(gone).close();
      }
    }
  }

  private boolean hasStarted(ContainerState state) {
    FollowedLog log = logs.get(state.id());
    return state.runs() && (log.lines().hasStarted() || log.end() == FollowedLog.End.UNREADABLE);
  }

  private void refuseErrorLines() {
    List<FollowedLog> wrong =
        logs.values().stream().filter(log -> log.lines().hasErrors()).toList();
    if (wrong.isEmpty()) {
      return;
    }
    if (failsAt == Long.MAX_VALUE) {
      failsAt = System.nanoTime() + LAST_WORDS.toNanos();
    }
    boolean saidAll = wrong.stream().allMatch(log -> log.end() == FollowedLog.End.ENDED);
    if (saidAll || System.nanoTime() > failsAt) {
      throw failure(
          "ErrorLines",
          wrong.stream()
                  .map(log -> log.container().name() + " printed\n" + log.lines().errors(redaction))
                  .collect(Collectors.joining("\n"))
              + "\nwhich no good start prints",
          wrong);
    }
  }

  private void refuseDead(ContainerState state) {
    boolean loops = restarts.loops(state);
    if (!state.hasEnded() && !loops) {
      return;
    }
    if (!loops && containers.isSucceeded(state, heartbeat)) {
      return;
    }
    FollowedLog log = logs.get(state.id());
    awaitLastWords(log);
    refuseErrorLines();
    throw failure(
        "ServiceDied",
        loops
            ? "%s restarts in a loop, %d times so far, last with %s"
                .formatted(state.name(), state.restarts(), state.ending())
            : "%s ended while starting with %s".formatted(state.name(), state.ending()),
        List.of(log));
  }

  private void awaitLastWords(FollowedLog log) {
    long until = System.nanoTime() + LAST_WORDS.toNanos();
    try {
      while (!log.over().await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)
          && System.nanoTime() < until) {
        heartbeat.beat("reading the last lines");
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    failsAt = 0;
  }

  private RuntimeException notReady(List<ContainerState> states) {
    List<ContainerState> late = states.stream().filter(state -> !hasStarted(state)).toList();
    return failure(
        "NotReady",
        late.stream()
                .map(state -> state.name() + " (" + state.status() + ")")
                .collect(Collectors.joining(", "))
            + " did not print '%s' within %s"
                .formatted(compose.startLine(), Elapsed.describe(compose.startWithin())),
        late.stream().map(state -> logs.get(state.id())).toList());
  }

  private RuntimeException failure(String type, String what, List<FollowedLog> shown) {
    return Failures.hopeless(
        type, name + ": " + what + "; " + Evidence.bounded(lastLines(shown), SHOWN_BYTES));
  }

  private String lastLines(List<FollowedLog> shown) {
    return shown.stream()
        .map(log -> "last lines of " + log.container().name() + ":\n" + lastLines(log))
        .collect(Collectors.joining("\n\n"));
  }

  private String lastLines(FollowedLog log) {
    return log.end() == FollowedLog.End.UNREADABLE ? unreadable(log) : log.lines().last(redaction);
  }

  private static String unreadable(FollowedLog log) {
    return "its log cannot be read (log driver '%s'): whether it has started is left to the health check"
        .formatted(log.container().logDriver());
  }

  private Started started() {
    List<String> said = new ArrayList<>();
    for (FollowedLog log : logs.values()) {
      said.add(
          log.container().name()
              + ": "
              + log.lines().started(redaction).orElseGet(() -> unreadable(log)));
    }
    String summary =
        said.size() == 1
            ? said.get(0)
            : "all " + said.size() + " containers started; " + said.get(0);
    return new Started(
        summary,
        Evidence.bounded(
            String.join("\n", said) + "\n\n" + lastLines(List.copyOf(logs.values())),
            Evidence.LIMIT));
  }

  private void beat(List<ContainerState> states) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    String newest =
        states.stream()
            .filter(state -> !hasStarted(state))
            .map(state -> logs.get(state.id()).lines().newest(redaction))
            .filter(line -> !line.isEmpty())
            .findFirst()
            .orElse("");
    heartbeat.beat(
        "%d of %d containers started, after %d s%s"
            .formatted(
                states.stream().filter(this::hasStarted).count(),
                states.size(),
                seconds,
                newest.isEmpty()
                    ? ""
                    : ": " + newest.substring(0, Math.min(SHOWN, newest.length()))));
  }

  private void awaitNews(long deadline) {
    try {
      long left = Math.min(LOOK_EVERY.toNanos(), deadline - System.nanoTime());
      if (news.tryAcquire(Math.max(0, left), TimeUnit.NANOSECONDS)) {
        news.drainPermits();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static CancellationException interrupted() {
    Thread.currentThread().interrupt();
    return new CancellationException("interrupted while the service started");
  }

  @Override
  public void close() {
    logs.values().forEach(FollowedLog::close);
  }
}
