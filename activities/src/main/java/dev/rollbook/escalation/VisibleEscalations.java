package dev.rollbook.escalation;

import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.SearchAttributes;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowExecutionMetadata;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.common.SearchAttributeKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Found by Temporal's own index, then asked: one that is stuck keeps no other from answering. */
public final class VisibleEscalations implements OpenEscalations {

  private static final String OPEN = "WorkflowType = 'Escalate' AND ExecutionStatus = 'Running'";

  private static final int AT_ONCE = 64;

  /** A worker that is asked by so many may be late; alone it answers in milliseconds. */
  private static final int AT_ONCE_AGAIN = 8;

  private static final Duration WITHIN = Duration.ofSeconds(10);
  private static final Duration AGAIN_WITHIN = Duration.ofMinutes(1);

  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          does -> {
            Thread thread = new Thread(does, "limits-of-questions");
            thread.setDaemon(true);
            return thread;
          });

  private final WorkflowClient client;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public VisibleEscalations(
      WorkflowClient client, Redaction redaction, Supplier<Heartbeat> heartbeat) {
    this.client = client;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /**
   * Each question has a limit of its own: those that ask later do not wait for less. What was
   * silent is asked once more, in a quieter moment, before it is taken for overdue.
   */
  @Override
  public List<Open> list() {
    Heartbeat beat = heartbeat.get();
    List<WorkflowExecutionMetadata> found = client.listExecutions(OPEN).toList();
    Map<WorkflowExecutionMetadata, Open> open = new LinkedHashMap<>();
    ask(found, AT_ONCE, open, beat);
    long until = System.nanoTime() + AGAIN_WITHIN.toNanos();
    List<WorkflowExecutionMetadata> silent =
        found.stream().filter(each -> isSilent(open.get(each))).toList();
    for (int i = 0; i < silent.size() && System.nanoTime() < until; i += AT_ONCE_AGAIN) {
      int end = Math.min(i + AT_ONCE_AGAIN, silent.size());
      ask(silent.subList(i, end), AT_ONCE_AGAIN, open, beat);
    }
    return open.values().stream().filter(Objects::nonNull).toList();
  }

  private static boolean isSilent(Open answer) {
    return answer != null && answer.trouble() != null;
  }

  private void ask(
      List<WorkflowExecutionMetadata> found,
      int atOnce,
      Map<WorkflowExecutionMetadata, Open> answers,
      Heartbeat beat) {
    ExecutorService threads = Executors.newFixedThreadPool(atOnce);
    try {
      Map<WorkflowExecutionMetadata, Future<Open>> asked = new LinkedHashMap<>();
      found.forEach(each -> asked.put(each, threads.submit(() -> open(each))));
      for (WorkflowExecutionMetadata each : found) {
        beat.beat("asking " + each.getExecution().getWorkflowId());
        answers.put(each, answer(each, asked.get(each)));
      }
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
    } catch (ExecutionException e) {
      return untold(found, words(e.getCause()));
    }
  }

  /** Null when it has ended since. */
  private Open open(WorkflowExecutionMetadata found) throws Exception {
    CancellableContext limit =
        Context.current().withDeadlineAfter(WITHIN.toMillis(), TimeUnit.MILLISECONDS, CLOCK);
    try {
      return limit.call(() -> asked(found));
    } finally {
      limit.cancel(null);
    }
  }

  private Open asked(WorkflowExecutionMetadata found) {
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
            attribute(found, SearchAttributes.INCIDENT),
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
