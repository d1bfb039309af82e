package dev.rollbook.decision;

import dev.rollbook.Rollback;
import dev.rollbook.RollbackRequest;
import dev.rollbook.TaskQueues;
import dev.rollbook.Trigger;
import dev.rollbook.WorkflowIds;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.AlertIntake.Taken.What;
import dev.rollbook.escalation.Digest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.WorkflowIdConflictPolicy;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.UpdateOptions;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.client.WorkflowUpdateStage;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Hands alerts to the run of their service: one call starts it where there is none, joins it
 * otherwise. The run knows copies of an alert, and so does Temporal by the id of the update.
 */
public final class TemporalIntake implements AlertIntake {

  /** Senders are answered within 2 s, of which a busy machine needs some for itself. */
  static final Duration WITHIN = Duration.ofMillis(1_500);

  private static final String BY = "alert";

  /** A message brings a handful of notices; more of them wait, and are sent again in the end. */
  private static final ExecutorService TELLERS =
      Executors.newFixedThreadPool(
          8,
          work -> {
            Thread thread = new Thread(work, "rollbook-quarantine");
            thread.setDaemon(true);
            return thread;
          });

  private final WorkflowClient client;
  private final TimelyCalls calls = new TimelyCalls(WITHIN);
  private final Lanes lanes =
      new Lanes((runId, alerts) -> calls.inTime(() -> taken(runId, alerts)));

  public TemporalIntake(WorkflowClient client) {
    this.client = client;
  }

  @Override
  public CompletableFuture<List<Taken>> take(List<Alert> ofOneRun) {
    Alert one = ofOneRun.get(0);
    Map<String, Alert> keyed = new LinkedHashMap<>();
    ofOneRun.forEach(each -> keyed.putIfAbsent(key(each), each));
    List<CompletableFuture<Taken>> answers =
        lanes.take(WorkflowIds.run(one.service(), one.environment()), keyed);
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .orTimeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .handle(
            (all, thrown) -> {
              if (thrown != null) {
                throw away(thrown);
              }
              Map<String, Taken> taken = new HashMap<>();
              Iterator<CompletableFuture<Taken>> answer = answers.iterator();
              keyed.keySet().forEach(key -> taken.put(key, answer.next().join()));
              return ofOneRun.stream().map(each -> taken.get(key(each))).toList();
            });
  }

  private static TemporalAway away(Throwable thrown) {
    Throwable why = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    return why instanceof TemporalAway away
        ? away
        : new TemporalAway("Temporal has not answered, or has more before this: " + why, why);
  }

  /** What is the same for all copies, of whatever length a sender has made it. */
  static String key(Alert alert) {
    return Digest.sha256(alert.key() + "\n" + alert.state());
  }

  /** The first one tells: with one that fires a run is started. */
  private List<Taken> taken(String runId, List<Alert> alerts) {
    boolean fires = alerts.get(0).state() == State.FIRING;
    try {
      List<Joined> joined =
          alerts.size() == 1
              ? List.of(asked(runId, "alert", alerts, Joined.class))
              : List.of(asked(runId, "alerts", alerts, Joined[].class));
      return IntStream.range(0, joined.size())
          .mapToObj(i -> taken(runId, alerts.get(i), joined.get(i)))
          .toList();
    } catch (WorkflowNotFoundException e) {
      if (fires || TimelyCalls.isOfTheNamespace(e)) {
        throw new TemporalAway(runId + " ended just now, or was never there; send it again", e);
      }
      return Collections.nCopies(
          alerts.size(), new Taken(What.IGNORED, "no run is under way", null));
    } catch (WorkflowException | StatusRuntimeException e) {
      return isFull(e) ? signalled(runId, alerts) : refused(runId, alerts, e);
    }
  }

  private static List<Taken> refused(String runId, List<Alert> alerts, RuntimeException e) {
    if (e instanceof WorkflowUpdateException update
        && update.getCause() instanceof ApplicationFailure why
        && !isOver(update)) {
      Taken refused = new Taken(What.QUARANTINED, why.getOriginalMessage(), runId);
      return Collections.nCopies(alerts.size(), refused);
    }
    throw e instanceof WorkflowUpdateException
        ? new TemporalAway(runId + " is being written down; send it again", e)
        : e;
  }

  private List<Taken> signalled(String runId, List<Alert> alerts) {
    WorkflowStub full = client.newUntypedWorkflowStub(runId);
    alerts.forEach(each -> full.signal("alerted", each));
    return Collections.nCopies(alerts.size(), new Taken(What.JOINED, null, runId));
  }

  private static Taken taken(String runId, Alert alert, Joined joined) {
    Taken taken = new Taken(What.valueOf(joined.what().name()), joined.why(), runId);
    return joined.receivedAt().equals(alert.receivedAt()) ? taken : taken.asCopy();
  }

  /**
   * Temporal keeps the answer of an update by its id, also once the run has closed: what a run that
   * was over has refused would be refused for ever. So it is asked again, as what came just now.
   */
  private <R> R asked(String runId, String update, List<Alert> alerts, Class<R> answer) {
    String keys = alerts.stream().map(TemporalIntake::key).collect(Collectors.joining());
    String id = alerts.size() == 1 ? keys : Digest.sha256(keys);
    try {
      return asked(runId, update, id, alerts, answer);
    } catch (WorkflowUpdateException e) {
      if (!isOver(e)) {
        throw e;
      }
      String now = Digest.sha256(id + "\n" + alerts.get(0).receivedAt());
      return asked(runId, update, now, alerts, answer);
    }
  }

  private static boolean isOver(WorkflowUpdateException e) {
    return e.getCause() instanceof ApplicationFailure why
        && why.getType().equals(Rollback.RUN_OVER);
  }

  private <R> R asked(String runId, String update, String id, List<Alert> alerts, Class<R> answer) {
    Alert first = alerts.get(0);
    Object sent = alerts.size() == 1 ? first : alerts;
    UpdateOptions<R> options =
        UpdateOptions.newBuilder(answer)
            .setUpdateName(update)
            .setUpdateId(id)
            .setWaitForStage(WorkflowUpdateStage.COMPLETED)
            .build();
    return first.state() == State.FIRING
        ? client
            .newUntypedWorkflowStub(Rollback.class.getSimpleName(), options(runId, first))
            .executeUpdateWithStart(options, new Object[] {sent}, new Object[] {request(first)})
        : client.newUntypedWorkflowStub(runId).startUpdate(options, sent).getResult();
  }

  /** A run takes some updates of alerts, and Temporal about 2,000 in all; signals go on. */
  private static boolean isFull(Throwable thrown) {
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (String.valueOf(each.getMessage()).contains(Rollback.FULL)) {
        return true;
      }
      if (each instanceof StatusRuntimeException status) {
        Status said = status.getStatus();
        return said.getDescription() != null
            && said.getDescription().contains("total number of distinct updates");
      }
    }
    return false;
  }

  private static WorkflowOptions options(String runId, Alert alert) {
    return WorkflowOptions.newBuilder()
        .setTaskQueue(TaskQueues.ROLLBOOK)
        .setWorkflowId(runId)
        .setWorkflowIdConflictPolicy(
            WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
        .setStaticSummary("Alert: " + alert.service() + " in " + alert.environment())
        .build();
  }

  private static RollbackRequest request(Alert alert) {
    return new RollbackRequest(
        alert.service(),
        alert.environment(),
        null,
        alert.words(),
        null,
        alert.severity(),
        Trigger.ALERT,
        BY,
        false,
        false,
        false,
        null,
        false);
  }

  @Override
  public CompletableFuture<Void> quarantine(List<Alert> alike, String why) {
    return CompletableFuture.runAsync(() -> tell(alike, why), TELLERS);
  }

  private void tell(List<Alert> alike, String why) {
    List<String> keys = alike.stream().map(each -> TellOnCall.key(each, why)).sorted().toList();
    WorkflowOptions options =
        WorkflowOptions.newBuilder()
            .setTaskQueue(TaskQueues.ROLLBOOK)
            .setWorkflowId(WorkflowIds.quarantined(Digest.sha256(String.join("\n", keys))))
            .setWorkflowIdReusePolicy(
                WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
            .setStaticSummary("Tell a person of an alert that was not taken")
            .build();
    TellOnCall telling = client.newWorkflowStub(TellOnCall.class, options);
    calls.inTime(
        () -> {
          try {
            return WorkflowClient.start(telling::tell, alike.get(0), why, new Alike(alike, keys));
          } catch (WorkflowExecutionAlreadyStarted isTold) {
            return isTold.getExecution();
          }
        });
  }
}
