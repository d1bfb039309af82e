package dev.rollbook.crash;

import dev.rollbook.compose.CountedShop;
import dev.rollbook.kubernetes.ProductionShop;
import dev.rollbook.shop.LocalShop;
import io.temporal.api.enums.v1.PendingActivityState;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** How far a section of the shop's run is, as the server's history tells. */
final class Section {

  static final Section LOCAL = new Section(LocalShop.RUN_ID + "/local");
  static final Section COMPOSE = new Section(CountedShop.RUN_ID + "/compose");
  static final Section KUBERNETES = new Section(ProductionShop.RUN_ID + "/kubernetes");

  /** The whole run around it. */
  static final Section PRODUCTION = new Section(ProductionShop.RUN_ID);

  static final Section STAGING = new Section(CountedShop.RUN_ID);

  private final String id;

  private Section(String id) {
    this.id = id;
  }

  /** Its workflow's. */
  String id() {
    return id;
  }

  /** True while a worker has the activity. */
  boolean isUnderWay(WorkflowClient client, String activity) {
    try {
      return client
          .newUntypedWorkflowStub(id)
          .describe()
          .getRawDescription()
          .getPendingActivitiesList()
          .stream()
          .anyMatch(
              pending ->
                  pending.getActivityType().getName().equals(activity)
                      && pending.getState() == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED);
    } catch (WorkflowException notYet) {
      return false;
    }
  }

  /** True while an attempt of the activity waits and says so. */
  boolean isBeating(WorkflowClient client, String activity) {
    try {
      return client
          .newUntypedWorkflowStub(id)
          .describe()
          .getRawDescription()
          .getPendingActivitiesList()
          .stream()
          .anyMatch(
              pending ->
                  pending.getActivityType().getName().equals(activity)
                      && pending.getHeartbeatDetails().getPayloadsCount() > 0);
    } catch (WorkflowException notYet) {
      return false;
    }
  }

  /** As above, or it is done already: a busy machine may have looked too late. */
  boolean isInOrPast(WorkflowClient client, String activity) {
    return isBeating(client, activity) || hasCompleted(client, activity);
  }

  /** The process that has the one step under way; empty between steps. */
  OptionalLong processAtWork(WorkflowClient client) {
    return client
        .newUntypedWorkflowStub(id)
        .describe()
        .getRawDescription()
        .getPendingActivitiesList()
        .stream()
        .map(pending -> pending.getLastWorkerIdentity().split("@")[0])
        .filter(pid -> !pid.isEmpty())
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  /** How many of its steps are done. */
  long completed(WorkflowClient client) {
    return events(client).stream()
        .filter(HistoryEvent::hasActivityTaskCompletedEventAttributes)
        .count();
  }

  boolean hasCompleted(WorkflowClient client, String activity) {
    Map<Long, String> scheduled = new HashMap<>();
    for (HistoryEvent event : events(client)) {
      if (event.hasActivityTaskScheduledEventAttributes()) {
        scheduled.put(
            event.getEventId(),
            event.getActivityTaskScheduledEventAttributes().getActivityType().getName());
      }
      if (event.hasActivityTaskCompletedEventAttributes()
          && activity.equals(
              scheduled.get(
                  event.getActivityTaskCompletedEventAttributes().getScheduledEventId()))) {
        return true;
      }
    }
    return false;
  }

  private List<HistoryEvent> events(WorkflowClient client) {
    try {
      return client.fetchHistory(id).getEvents();
    } catch (RuntimeException notYet) {
      return List.of();
    }
  }
}
