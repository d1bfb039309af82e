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
import java.util.List;
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

  private final WorkflowClient client;
  private final TimelyCalls calls = new TimelyCalls(WITHIN);
  private final Lanes lanes =
      new Lanes((runId, alerts) -> calls.inTime(() -> taken(runId, alerts)));

  public TemporalIntake(WorkflowClient client) {
    this.client = client;
  }

  @Override
  public Taken take(Alert alert) {
    String runId = WorkflowIds.run(alert.service(), alert.environment());
    return lanes.take(runId, key(alert), alert, WITHIN);
  }

  /** What is the same for all copies, of whatever length a sender has made it. */
  static String key(Alert alert) {
    return Digest.sha256(alert.fingerprint() + "\n" + alert.state() + "\n" + alert.startsAt());
  }

  private List<Taken> taken(String runId, List<Alert> alerts) {
    boolean fires = alerts.get(0).state() == State.FIRING;
    try {
      List<Joined> joined =
          fires ? startOrJoin(runId, alerts) : List.of(join(runId, alerts.get(0)));
      return IntStream.range(0, joined.size())
          .mapToObj(i -> taken(runId, alerts.get(i), joined.get(i)))
          .toList();
    } catch (WorkflowNotFoundException e) {
      if (fires) {
        throw new TemporalAway(runId + " ended just now; send it again", e);
      }
      return List.of(new Taken(What.IGNORED, "no run is under way", null));
    } catch (WorkflowException | StatusRuntimeException e) {
      return isFull(e) ? signalled(runId, alerts) : refused(runId, alerts, e);
    }
  }

  private static List<Taken> refused(String runId, List<Alert> alerts, RuntimeException e) {
    if (e instanceof WorkflowUpdateException
        && e.getCause() instanceof ApplicationFailure why
        && !why.getType().equals(Rollback.RUN_OVER)) {
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

  private List<Joined> startOrJoin(String runId, List<Alert> alerts) {
    WorkflowStub run =
        client.newUntypedWorkflowStub(
            Rollback.class.getSimpleName(), options(runId, alerts.get(0)));
    return alerts.size() == 1
        ? List.of(startOrJoin(run, "alert", alerts, Joined.class))
        : List.of(startOrJoin(run, "alerts", alerts, Joined[].class));
  }

  private static <R> R startOrJoin(
      WorkflowStub run, String update, List<Alert> alerts, Class<R> answer) {
    Object sent = alerts.size() == 1 ? alerts.get(0) : alerts;
    String keys = alerts.stream().map(TemporalIntake::key).collect(Collectors.joining());
    return run.executeUpdateWithStart(
        UpdateOptions.newBuilder(answer)
            .setUpdateName(update)
            .setUpdateId(alerts.size() == 1 ? keys : Digest.sha256(keys))
            .setWaitForStage(WorkflowUpdateStage.COMPLETED)
            .build(),
        new Object[] {sent},
        new Object[] {request(alerts.get(0))});
  }

  private Joined join(String runId, Alert alert) {
    return client
        .newUntypedWorkflowStub(runId)
        .startUpdate(
            UpdateOptions.newBuilder(Joined.class)
                .setUpdateName("alert")
                .setUpdateId(key(alert))
                .setWaitForStage(WorkflowUpdateStage.COMPLETED)
                .build(),
            alert)
        .getResult();
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
  public void quarantine(Alert alert, String why) {
    String id = WorkflowIds.quarantined(Digest.sha256(alert.fingerprint() + "\n" + why));
    WorkflowOptions options =
        WorkflowOptions.newBuilder()
            .setTaskQueue(TaskQueues.ROLLBOOK)
            .setWorkflowId(id)
            .setWorkflowIdReusePolicy(
                WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
            .setStaticSummary("Tell a person of an alert that was not taken")
            .build();
    TellOnCall telling = client.newWorkflowStub(TellOnCall.class, options);
    calls.inTime(
        () -> {
          try {
            return WorkflowClient.start(telling::tell, alert, why);
          } catch (WorkflowExecutionAlreadyStarted isTold) {
            return isTold.getExecution();
          }
        });
  }
}
