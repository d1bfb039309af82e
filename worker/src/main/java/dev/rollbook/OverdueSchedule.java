package dev.rollbook;

import dev.rollbook.escalation.OverdueEscalations;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.ScheduleOverlapPolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.schedules.Schedule;
import io.temporal.client.schedules.ScheduleActionStartWorkflow;
import io.temporal.client.schedules.ScheduleAlreadyRunningException;
import io.temporal.client.schedules.ScheduleClient;
import io.temporal.client.schedules.ScheduleClientOptions;
import io.temporal.client.schedules.ScheduleIntervalSpec;
import io.temporal.client.schedules.ScheduleOptions;
import io.temporal.client.schedules.SchedulePolicy;
import io.temporal.client.schedules.ScheduleSpec;
import io.temporal.client.schedules.ScheduleState;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Temporal itself starts the check for overdue calls, every minute, as long as it lives. */
final class OverdueSchedule {

  private static final Logger LOG = LoggerFactory.getLogger(OverdueSchedule.class);

  private static final Duration EVERY = Duration.ofMinutes(1);

  /** A check that finds no worker, or no answers. */
  private static final Duration GIVEN_UP = Duration.ofMinutes(15);

  private final WorkflowClient client;

  OverdueSchedule(WorkflowClient client) {
    this.client = client;
  }

  /** What is there already stays as it is, also when a person has paused it. */
  void ensure() {
    try {
      client()
          .createSchedule(OverdueEscalations.ID, schedule(), ScheduleOptions.newBuilder().build());
      LOG.info("schedule {} is there from now on", OverdueEscalations.ID);
    } catch (ScheduleAlreadyRunningException isThere) {
      LOG.debug("schedule {} is there already", OverdueEscalations.ID);
    } catch (RuntimeException e) {
      LOG.warn(
          "calls that are overdue are not looked for: no schedule {} ({})",
          OverdueEscalations.ID,
          isUnknown(e)
              ? "this Temporal service has no schedules"
              : e.getCause() == null ? e : e.getCause());
    }
  }

  private static boolean isUnknown(Throwable e) {
    return e instanceof StatusRuntimeException status
        ? status.getStatus().getCode() == Status.Code.UNIMPLEMENTED
        : e.getCause() != null && isUnknown(e.getCause());
  }

  private ScheduleClient client() {
    return ScheduleClient.newInstance(
        client.getWorkflowServiceStubs(),
        ScheduleClientOptions.newBuilder()
            .setNamespace(client.getOptions().getNamespace())
            .setDataConverter(client.getOptions().getDataConverter())
            .build());
  }

  private static Schedule schedule() {
    return Schedule.newBuilder()
        .setAction(
            ScheduleActionStartWorkflow.newBuilder()
                .setWorkflowType(OverdueEscalations.class)
                .setOptions(
                    WorkflowOptions.newBuilder()
                        .setWorkflowId(OverdueEscalations.ID)
                        .setTaskQueue(TaskQueues.ROLLBOOK)
                        .setWorkflowExecutionTimeout(GIVEN_UP)
                        .setStaticSummary("Look for calls that are overdue")
                        .build())
                .build())
        .setSpec(
            ScheduleSpec.newBuilder()
                .setIntervals(List.of(new ScheduleIntervalSpec(EVERY)))
                .build())
        .setPolicy(
            SchedulePolicy.newBuilder()
                .setOverlap(ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP)
                .setCatchupWindow(EVERY)
                .build())
        .setState(
            ScheduleState.newBuilder()
                .setNote("Made by rollbook workers; delete it, and the next one makes it anew.")
                .build())
        .build();
  }
}
