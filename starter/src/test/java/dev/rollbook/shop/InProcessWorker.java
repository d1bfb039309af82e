package dev.rollbook.shop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Abort;
import dev.rollbook.EmergencyStop;
import dev.rollbook.Order;
import dev.rollbook.Payloads;
import dev.rollbook.Plan;
import dev.rollbook.Release;
import dev.rollbook.Rollback;
import dev.rollbook.RollbackRequest;
import dev.rollbook.RollbackWorker;
import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.SearchAttributeRegistration;
import dev.rollbook.Step;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.Verdict;
import dev.rollbook.WorkflowIds;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.escalation.Escalate;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Receiver;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowFailedException;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestEnvironmentOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A whole worker in the test's process, with every real step, on a Temporal that skips the waits
 * between attempts. People are called over a webhook; there is a board of files.
 */
public final class InProcessWorker implements AutoCloseable {

  private static final Duration SOON = Duration.ofSeconds(60);

  private final Path folder;
  private final Receiver phone;
  private final TestWorkflowEnvironment temporal;
  private final RollbackWorker worker;

  /**
   * @param folder with a catalog that says nothing of people; on-call is called, the dba, and
   *     infrastructure
   */
  public InProcessWorker(Path folder) throws Exception {
    this(
        folder,
        new Receiver(),
        """
        channels:
          hook: {type: webhook, url: "PHONE/hook"}
        roles:
          oncall: [kim]
          dba: [mo]
          infrastructure: [lee]
        announcements:
          boards:
            page: {type: file, folder: status}
        """);
  }

  /**
   * @param phone closed with this
   * @param people the rest of the catalog; {@code PHONE} in it leads to the phone
   */
  public InProcessWorker(Path folder, Receiver phone, String people) throws Exception {
    this.folder = folder;
    this.phone = phone;
    Path file = folder.resolve("rollbook.yaml");
    Files.writeString(file, people.replace("PHONE/", phone.url("/")), StandardOpenOption.APPEND);
    temporal =
        TestWorkflowEnvironment.newInstance(
            TestEnvironmentOptions.newBuilder()
                .setWorkflowClientOptions(TemporalConnection.clientOptions("default"))
                .build());
    WorkflowClient client = temporal.getWorkflowClient();
    SearchAttributeRegistration.ensure(client.getWorkflowServiceStubs(), "default");
    Path state = Files.createDirectories(folder.resolve(".rollbook"));
    worker =
        RollbackWorker.start(
            client,
            Catalog.read(file, System.getenv()),
            state,
            new RunJournalFiles(state, "embedded"));
  }

  /** Pins a target, and changes nothing. */
  public Plan plan(RollbackRequest request) {
    String id = WorkflowIds.plan(request.service(), request.environment(), UUID.randomUUID());
    return start(request.asDryRun(), id).getResult(Run.class).plan();
  }

  public WorkflowStub start(RollbackRequest request) {
    return start(request, WorkflowIds.run(request.service(), request.environment()));
  }

  private WorkflowStub start(RollbackRequest request, String id) {
    return start(Rollback.class, id, request);
  }

  private WorkflowStub start(Class<?> type, String id, Object asked) {
    WorkflowStub workflow =
        temporal
            .getWorkflowClient()
            .newUntypedWorkflowStub(
                type.getSimpleName(),
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.ROLLBOOK)
                    .setWorkflowId(id)
                    .build());
    workflow.start(asked);
    return workflow;
  }

  /** As {@code rollbook stop}. */
  public Run stop(Order order) {
    return start(EmergencyStop.class, WorkflowIds.stop(order.service(), order.environment()), order)
        .getResult(Run.class);
  }

  /** As {@code rollbook release}. */
  public Release.Released release(Order order) {
    return start(Release.class, WorkflowIds.release(order.service(), order.environment()), order)
        .getResult(Release.Released.class);
  }

  /** As {@code rollbook abort}. */
  public void abort(WorkflowStub run, Abort abort) {
    run.update("abort", String.class, abort);
  }

  /** A person's yes, as soon as the section's run has asked. */
  public void approve(String sectionId, Verdict verdict) {
    WorkflowStub section = temporal.getWorkflowClient().newUntypedWorkflowStub(sectionId);
    Awaitility.await()
        .atMost(SOON.multipliedBy(3))
        .ignoreExceptionsMatching(
            notAskedYet ->
                notAskedYet instanceof WorkflowUpdateException
                    || notAskedYet instanceof WorkflowNotFoundException)
        .until(() -> section.update("approve", String.class, verdict) != null);
  }

  public Run run(RollbackRequest request) {
    return start(request).getResult(Run.class);
  }

  /** One that does not even end in a defined state, as far as it got. */
  public Run failed(WorkflowStub run) {
    try {
      throw new AssertionError("did not fail: " + run.getResult(Run.class));
    } catch (WorkflowFailedException e) {
      ApplicationFailure failure = (ApplicationFailure) e.getCause();
      if (!failure.getType().equals("StopFailed")) {
        throw e;
      }
      return failure.getDetails().get(Run.class);
    }
  }

  /** Returns once the section's run is in the middle of the step. */
  public void awaitStep(String sectionId, String step) {
    awaitStep(sectionId, step, Step.Status.RUNNING);
  }

  public void awaitStep(String sectionId, String step, Step.Status status) {
    WorkflowStub section = temporal.getWorkflowClient().newUntypedWorkflowStub(sectionId);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(SOON.multipliedBy(3))
        .ignoreExceptions()
        .until(
            () -> {
              List<Step> steps = section.query("status", Run.class).steps();
              return steps.stream()
                  .anyMatch(each -> each.id().equals(step) && each.status() == status);
            });
  }

  /** Without waiting for it. */
  public void pass(Duration time) {
    temporal.sleep(time);
  }

  /** Empty when nobody was called. */
  public Optional<Escalation> escalation(RollbackRequest of) {
    String id = WorkflowIds.escalation(of.service(), of.environment());
    try {
      return Optional.of(temporal.getWorkflowClient().newWorkflowStub(Escalate.class, id).status());
    } catch (WorkflowNotFoundException e) {
      return Optional.empty();
    }
  }

  /**
   * The levels of which a call is both in the spool and answered by the webhook, by now or soon.
   */
  public void awaitCalls(String... levels) {
    Awaitility.await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(JsonProcessingException.class) // a line that is being written
        .untilAsserted(
            () -> {
              for (String level : levels) {
                if (spooled().noneMatch(call -> call.path("level").asText().equals(level))
                    || phone.requests().stream()
                        .noneMatch(call -> call.body().contains("\"level\":\"" + level + "\""))) {
                  throw new AssertionError(level + " was not called: " + phone.requests());
                }
              }
            });
  }

  /** What the newest incident's state on the board comes to. */
  public void awaitBoard(String state) {
    Awaitility.await().atMost(SOON).until(() -> board().equals(state));
  }

  /** Empty while there is none. */
  public String board() throws IOException {
    Path page = folder.resolve("status/status.json");
    return Files.exists(page)
        ? Payloads.mapper().readTree(page.toFile()).at("/incidents/0/state").asText()
        : "";
  }

  private Stream<JsonNode> spooled() throws IOException {
    Path notices = folder.resolve(".rollbook/notices");
    List<JsonNode> calls = new ArrayList<>();
    if (Files.exists(notices)) {
      try (Stream<Path> files = Files.list(notices)) {
        for (Path file : files.filter(each -> each.toString().endsWith(".jsonl")).toList()) {
          for (String line : Files.readAllLines(file)) {
            calls.add(Payloads.mapper().readTree(line));
          }
        }
      }
    }
    return calls.stream();
  }

  @Override
  public void close() {
    worker.close();
    temporal.close();
    phone.close();
  }
}
