package dev.rollbook.escalation;

import dev.rollbook.Elapsed;
import dev.rollbook.Redaction;
import dev.rollbook.SearchAttributes;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionMetadata;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.common.SearchAttributeKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Found by Temporal's own index, then asked: one that is stuck keeps no other from answering. */
public final class VisibleEscalations implements OpenEscalations {

  private static final String OPEN = "WorkflowType = 'Escalate' AND ExecutionStatus = 'Running'";

  private static final int AT_ONCE = 64;
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final WorkflowClient client;
  private final Redaction redaction;

  public VisibleEscalations(WorkflowClient client, Redaction redaction) {
    this.client = client;
    this.redaction = redaction;
  }

  @Override
  public List<Open> list() {
    List<WorkflowExecutionMetadata> found = client.listExecutions(OPEN).toList();
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Callable<Open>> questions = new ArrayList<>();
      found.forEach(each -> questions.add(() -> open(each)));
      List<Future<Open>> answers =
          threads.invokeAll(questions, WITHIN.toMillis(), TimeUnit.MILLISECONDS);
      List<Open> open = new ArrayList<>();
      for (int i = 0; i < found.size(); i++) {
        open.add(answer(found.get(i), answers.get(i)));
      }
      return open.stream().filter(Objects::nonNull).toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while escalations were asked");
    } finally {
      threads.shutdownNow();
    }
  }

  private Open answer(WorkflowExecutionMetadata found, Future<Open> answer)
      throws InterruptedException {
    try {
      return answer.get();
    } catch (CancellationException silent) {
      return untold(found, "no answer within " + Elapsed.describe(WITHIN));
    } catch (ExecutionException e) {
      return untold(found, words(e.getCause()));
    }
  }

  /** Null when it has ended since. */
  private Open open(WorkflowExecutionMetadata found) {
    String id = found.getExecution().getWorkflowId();
    WorkflowStub escalation = client.newUntypedWorkflowStub(id);
    try {
      Escalation now = escalation.query("status", Escalation.class);
      return now == null
          ? untold(found, "it has not begun")
          : new Open(id, now.incident(), now.nextCallAt(), null);
    } catch (WorkflowNotFoundException ended) {
      return null;
    }
  }

  private static Open untold(WorkflowExecutionMetadata found, String trouble) {
    return new Open(found.getExecution().getWorkflowId(), incident(found), null, trouble);
  }

  private String words(Throwable e) {
    String said = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
    return redaction.clean(Message.line(said, 300));
  }

  private static Incident incident(WorkflowExecutionMetadata found) {
    String service = attribute(found, SearchAttributes.SERVICE);
    String environment = attribute(found, SearchAttributes.ENVIRONMENT);
    return service == null || environment == null
        ? null
        : new Incident(
            found.getExecution().getWorkflowId(),
            service,
            environment,
            found.getExecution().getWorkflowId(),
            null,
            Set.of(Incident.Trouble.ROLLBACK),
            false,
            "rollbook");
  }

  private static String attribute(WorkflowExecutionMetadata found, SearchAttributeKey<String> key) {
    return found.getTypedSearchAttributes().get(key);
  }
}
