package dev.rollbook.cli;

import dev.rollbook.Elapsed;
import dev.rollbook.EmergencyStop;
import dev.rollbook.Question;
import dev.rollbook.Run;
import dev.rollbook.Step;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import io.temporal.failure.ApplicationFailure;
import io.temporal.failure.CanceledFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Follows a run to its end: a line for every step, and a ticking one while a step waits. */
final class RunWatch {

  private static final long LOOK_MILLIS = 250;

  private final WorkflowClient client;
  private final Terminal terminal;
  private final RunText text;
  private final Set<String> shown = new HashSet<>();
  private boolean findingsShown;
  private Question asked;
  private Consumer<WorkflowStub> onQuestion = section -> {};

  RunWatch(WorkflowClient client, Terminal terminal) {
    this.client = client;
    this.terminal = terminal;
    this.text = new RunText(terminal);
  }

  /**
   * @param answer is given the workflow whenever it begins to ask something
   */
  void onQuestion(Consumer<WorkflowStub> answer) {
    onQuestion = answer;
  }

  /**
   * @throws Refusal when the run came to no defined end; with what is known of it
   */
  Run follow(String runId) throws InterruptedException {
    WorkflowStub run = client.newUntypedWorkflowStub(runId);
    CompletableFuture<Run> result = run.getResultAsync(Run.class);
    ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(RunWatch::daemon);
    looking.scheduleWithFixedDelay(
        () -> look(run), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    try {
      Run ended = result.get();
      looking.shutdownNow();
      show(ended);
      return ended;
    } catch (ExecutionException e) {
      throw inWords(e.getCause());
    } finally {
      looking.shutdownNow();
    }
  }

  private void look(WorkflowStub run) {
    try {
      sectionOf(client, run).ifPresentOrElse(this::lookAt, () -> lookBefore(run));
    } catch (RuntimeException e) {
      // between two workers, or just ended: the next look will tell
      terminal.tick("… waiting");
    }
  }

  /** After an alert, a run asks before it has a section. */
  private void lookBefore(WorkflowStub run) {
    Run standing = run.query("status", Run.class);
    if (standing != null && standing.asks() != null) {
      ask(run, standing);
    } else {
      terminal.tick("… waiting for a worker");
    }
  }

  private void lookAt(WorkflowStub section) {
    Run run = section.query("status", Run.class);
    if (run != null) {
      show(run);
      running(run).ifPresent(step -> tick(section, step));
      ask(section, run);
    }
  }

  private void ask(WorkflowStub section, Run run) {
    boolean begins = run.asks() != null && !run.asks().equals(asked);
    asked = run.asks();
    if (begins) {
      terminal.say(text.question(run));
      onQuestion.accept(section);
    } else if (asked != null) {
      terminal.tick("… " + asked.step() + "  waits for approve or reject");
    }
  }

  /**
   * What knows the steps under way: the section of exactly this run, since an earlier one had the
   * same workflow id; a stop itself, whose only child calls people.
   */
  static Optional<WorkflowStub> sectionOf(WorkflowClient client, WorkflowStub run) {
    WorkflowExecutionDescription described = run.describe();
    if (described.getWorkflowType().equals(EmergencyStop.class.getSimpleName())) {
      return Optional.of(run);
    }
    return described.getRawDescription().getPendingChildrenList().stream()
        .findFirst()
        .map(
            child ->
                client.newUntypedWorkflowStub(
                    WorkflowTargetOptions.newBuilder()
                        .setWorkflowId(child.getWorkflowId())
                        .setRunId(child.getRunId())
                        .build()));
  }

  private synchronized void show(Run run) {
    List<Step> steps = run.steps();
    steps.stream()
        .takeWhile(step -> step.endedAt() != null)
        .filter(step -> shown.add(step.id() + " " + step.startedAt()))
        .forEach(step -> terminal.say(text.step(step)));
    if (!findingsShown && !run.findings().isEmpty()) {
      findingsShown = true;
      String findings = text.findings(run.findings());
      if (!findings.isEmpty()) {
        terminal.say(findings);
      }
    }
  }

  private void tick(WorkflowStub section, Step step) {
    String seconds =
        Elapsed.describe(
            Duration.ofSeconds(Duration.between(step.startedAt(), Instant.now()).toSeconds()));
    terminal.tick(
        "… " + step.id() + "  " + step.title() + "  " + seconds + "  " + progress(section));
  }

  private String progress(WorkflowStub section) {
    List<PendingActivityInfo> pending =
        section.describe().getRawDescription().getPendingActivitiesList();
    if (pending.isEmpty()) {
      return "";
    }
    return StepProgress.of(pending.get(0), client.getOptions().getDataConverter());
  }

  private static Optional<Step> running(Run run) {
    return run.steps().stream().filter(step -> step.endedAt() == null).findFirst();
  }

  private RuntimeException inWords(Throwable thrown) {
    Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    if (failure instanceof WorkflowFailedException
        && failure.getCause() instanceof ApplicationFailure cause) {
      Run reached = cause.getDetails().getSize() > 0 ? cause.getDetails().get(Run.class) : null;
      if (reached != null) {
        show(reached);
      }
      return new Refusal(exitCode(cause.getType()), cause.getOriginalMessage(), reached);
    }
    if (failure.getCause() instanceof CanceledFailure) {
      return new Refusal(ExitCodes.ABORTED, "the run was cancelled from outside");
    }
    return new Refusal(ExitCodes.FAULT, "the run ended without a result: " + failure.getMessage());
  }

  private static int exitCode(String type) {
    return switch (type) {
      case "UnknownService", "InvalidRequest" -> ExitCodes.USAGE;
      case "StopFailed" -> ExitCodes.FAILED;
      default -> ExitCodes.FAULT;
    };
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "rollbook-watch");
    thread.setDaemon(true);
    return thread;
  }
}
