package dev.rollbook.cli;

import dev.rollbook.Rollback;
import dev.rollbook.RollbackRequest;
import dev.rollbook.RollbackWorker;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.engine.Engine;
import dev.rollbook.engine.EngineBusy;
import dev.rollbook.engine.Engines;
import io.temporal.api.common.v1.Payloads;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.enums.v1.TaskQueueType;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.taskqueue.v1.TaskQueue;
import io.temporal.api.workflowservice.v1.DescribeTaskQueueRequest;
import io.temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionDescription;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** A catalog, the engine its runs run on, and where asked a worker; all closed together. */
final class Session implements AutoCloseable {

  /** Longer than a poll: a worker that is alive has asked within it. */
  private static final Duration POLLED_WITHIN = Duration.ofSeconds(75);

  /** Whoever asked for it may be gone: then nobody waits for the answer any more. */
  private static final Duration PLANNED_WITHIN = Duration.ofHours(1);

  private final Catalog catalog;
  private final Path state;
  private final Engine engine;
  private final WorkflowClient client;
  private final RunJournalFiles runs;
  private RollbackWorker worker;

  private Session(Catalog catalog, Engine engine) {
    this.catalog = catalog;
    this.state = CatalogOption.state(catalog);
    this.engine = engine;
    this.client = TemporalConnection.client(engine.service(), engine.namespace());
    this.runs = new RunJournalFiles(state, engineName(engine));
  }

  static Session open(Catalog catalog, Terminal terminal) throws IOException {
    return open(catalog, state -> Engines.open(state, System.getenv(), terminal::say));
  }

  /** A configured service need not be there yet. */
  static Session openOrAwait(Catalog catalog, Terminal terminal) throws IOException {
    return open(catalog, state -> Engines.openOrAwait(state, System.getenv(), terminal::say));
  }

  private static Session open(Catalog catalog, Function<Path, Engine> engine) throws IOException {
    Path state = CatalogOption.state(catalog);
    Files.createDirectories(state);
    Logs.toFile(state.resolve("rollbook.log"));
    try {
      return new Session(catalog, engine.apply(state));
    } catch (EngineBusy e) {
      throw new Refusal(ExitCodes.BLOCKED, e.getMessage());
    }
  }

  private static String engineName(Engine engine) {
    return engine.isEmbedded() ? "embedded" : engine.describe();
  }

  Engine engine() {
    return engine;
  }

  WorkflowClient client() {
    return client;
  }

  RunJournalFiles runs() {
    return runs;
  }

  Catalog catalog() {
    return catalog;
  }

  /** An embedded engine has no workers but those of its users; a configured one usually has. */
  void startWorkerIfNeeded(Terminal terminal) throws IOException {
    if (engine.isEmbedded()) {
      startWorker();
    } else if (!hasWorker(TaskQueues.ROLLBOOK)) {
      terminal.say(
          "no worker polls '"
              + TaskQueues.ROLLBOOK
              + "': this process works until the run has ended");
      startWorker();
    }
  }

  /** Whether this process does what workers do. */
  boolean works() {
    return worker != null;
  }

  void startWorker() throws IOException {
    keepCatalog();
    worker = RollbackWorker.start(client, catalog, state, runs);
  }

  boolean hasWorker(String queue) {
    if (!engine.keepsHistory()) {
      return false;
    }
    DescribeTaskQueueRequest request =
        DescribeTaskQueueRequest.newBuilder()
            .setNamespace(engine.namespace())
            .setTaskQueue(TaskQueue.newBuilder().setName(queue))
            .setTaskQueueType(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
            .build();
    Instant since = Instant.now().minus(POLLED_WITHIN);
    return engine.service().blockingStub().describeTaskQueue(request).getPollersList().stream()
        .filter(poller -> !hasEndedHere(poller.getIdentity()))
        .map(poller -> Instant.ofEpochSecond(poller.getLastAccessTime().getSeconds()))
        .anyMatch(since::isBefore);
  }

  /**
   * The server remembers a poller for minutes: one of this machine can be asked whether it lives.
   */
  private static boolean hasEndedHere(String identity) {
    String[] at = identity.split("@", 2);
    String me = ManagementFactory.getRuntimeMXBean().getName();
    return at.length == 2
        && at[0].matches("\\d{1,9}")
        && me.endsWith("@" + at[1])
        && ProcessHandle.of(Long.parseLong(at[0])).isEmpty();
  }

  boolean isOpen(String workflowId) {
    try {
      return client.newUntypedWorkflowStub(workflowId).describe().getStatus()
          == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
    } catch (WorkflowNotFoundException e) {
      return false;
    }
  }

  /** A run that an earlier process, or this engine's forgetting, has left unfinished. */
  Optional<RunJournalFiles.Entry> unfinished(String service, String environment)
      throws IOException {
    return runs.find(service, environment)
        .filter(RunJournalFiles.Entry::isUnfinished)
        .filter(entry -> entry.engine().equals(engineName(engine)));
  }

  /** What the open run was asked for, by whomever; empty when none is open. */
  Optional<RollbackRequest> asked(String runId) {
    try {
      WorkflowExecutionDescription run = client.newUntypedWorkflowStub(runId).describe();
      return run.getStatus() == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
          ? Optional.of(asked(run.getExecution()))
          : Optional.empty();
    } catch (WorkflowNotFoundException e) {
      return Optional.empty();
    }
  }

  private RollbackRequest asked(WorkflowExecution run) {
    GetWorkflowExecutionHistoryRequest first =
        GetWorkflowExecutionHistoryRequest.newBuilder()
            .setNamespace(engine.namespace())
            .setExecution(run)
            .setMaximumPageSize(1)
            .build();
    Payloads input =
        engine
            .service()
            .blockingStub()
            .getWorkflowExecutionHistory(first)
            .getHistory()
            .getEvents(0)
            .getWorkflowExecutionStartedEventAttributes()
            .getInput();
    return client
        .getOptions()
        .getDataConverter()
        .fromPayloads(0, Optional.of(input), RollbackRequest.class, RollbackRequest.class);
  }

  /**
   * Starts a run, or joins the one that is open.
   *
   * @return what the run was asked for: by somebody else, when it was open
   */
  RollbackRequest start(RollbackRequest request) throws IOException {
    String runId = WorkflowIds.run(request.service(), request.environment());
    // an open run keeps its own journal: what it has written there must not be undone
    if (engine.isEmbedded() && !isOpen(runId)) {
      runs.keepRequest(request);
    }
    return asked(start(request, options(request, runId)));
  }

  /**
   * @return its id
   */
  String startPlan(RollbackRequest request) {
    String id = WorkflowIds.plan(request.service(), request.environment(), UUID.randomUUID());
    WorkflowOptions.Builder options =
        WorkflowOptions.newBuilder(options(request, id))
            .setWorkflowExecutionTimeout(PLANNED_WITHIN);
    start(request, options.build());
    return id;
  }

  private WorkflowExecution start(RollbackRequest request, WorkflowOptions options) {
    Rollback rollback = client.newWorkflowStub(Rollback.class, options);
    return WorkflowStub.fromTyped(rollback).start(request);
  }

  private static WorkflowOptions options(RollbackRequest request, String id) {
    return WorkflowOptions.newBuilder()
        .setTaskQueue(TaskQueues.ROLLBOOK)
        .setWorkflowId(id)
        .setWorkflowIdConflictPolicy(
            WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
        .setStaticSummary(
            (request.dryRun() ? "Plan a rollback of " : "Roll back ")
                + request.service()
                + " in "
                + request.environment())
        .build();
  }

  /**
   * The rollback may check out a commit without this catalog, or with an older one: the next worker
   * goes on with what this one works with.
   */
  private void keepCatalog() throws IOException {
    Path kept = CatalogOption.kept(state);
    if (!catalog.file().equals(kept)) {
      Files.copy(catalog.file(), kept, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public synchronized void close() {
    try {
      if (worker != null) {
        worker.close();
        worker = null;
      }
    } finally {
      engine.close();
    }
  }
}
