package dev.rollbook.crash;

import dev.rollbook.shop.LocalShop;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How far Section A of the shop's run is, as the server's history tells. */
final class Section {

  private static final String ID = LocalShop.RUN_ID + "/local";

  private Section() {}

  /** True while an attempt of the activity waits and says so. */
  static boolean isBeating(WorkflowClient client, String activity) {
    try {
      return client
          .newUntypedWorkflowStub(ID)
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

  static boolean hasCompleted(WorkflowClient client, String activity) {
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

  private static List<HistoryEvent> events(WorkflowClient client) {
    try {
      return client.fetchHistory(ID).getEvents();
    } catch (RuntimeException notYet) {
      return List.of();
    }
  }
}
