package dev.rollbook.cli;

import com.google.protobuf.Timestamp;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.workflow.v1.PendingActivityInfo;
import io.temporal.common.converter.DataConverter;
import java.time.Instant;
import java.util.Optional;

/** How far a step is, as Temporal has it: what it said last, or why its last attempt failed. */
final class StepProgress {

  private StepProgress() {}

  /** {@code 1 of 3 updated}; after the first attempt with its number. Empty when there is none. */
  static String of(PendingActivityInfo step, DataConverter converter) {
    if (step.getAttempt() == 1 || !step.hasLastFailure()) {
      return said(step, converter);
    }
    return "attempt %d: %s"
        .formatted(
            step.getAttempt(),
            speaksItself(step) ? said(step, converter) : step.getLastFailure().getMessage());
  }

  /** Until an attempt says something, Temporal still has what the one before said. */
  private static boolean speaksItself(PendingActivityInfo step) {
    return step.getState() == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        && step.hasLastHeartbeatTime()
        && at(step.getLastHeartbeatTime()).isAfter(at(step.getLastStartedTime()));
  }

  private static Instant at(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static String said(PendingActivityInfo step, DataConverter converter) {
    return step.getHeartbeatDetails().getPayloadsCount() == 0
        ? ""
        : converter.fromPayloads(
            0, Optional.of(step.getHeartbeatDetails()), String.class, String.class);
  }
}
