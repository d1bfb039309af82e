package dev.rollbook.crash;

import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Slow;
import io.temporal.client.WorkflowClient;
import java.io.IOException;

/** A moment of Section B: in the middle of a step that was made slow, or right after one. */
enum ComposeCrashPoint {
  /** Compose is asked about the files there only when they have changed since the plan. */
  IN_B3(Slow.COMPOSE_CONFIG, null, "ComposeProjectPinImage") {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client) {
      return isUnderWay(client);
    }
  },
  IN_B1(Slow.STOP, "kill"),
  IN_B1_DEAD(Slow.NOTHING, "die"),
  IN_B5_COMPOSE(Slow.COMPOSE_UP, null, "ComposeContainersRestart") {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client)
        throws IOException {
      return !shop.calls("up").isEmpty();
    }
  },
  IN_B5_CREATED(Slow.NOTHING, "create"),
  IN_B5_RENAMED(Slow.NOTHING, "rename"),
  IN_B5_REMOVED(Slow.NOTHING, "destroy"),
  IN_B5_STARTED(Slow.NOTHING, "start"),
  IN_B6(Slow.START, null, "ComposeHealthAwaitStart") {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client) {
      return isUnderWay(client);
    }
  },
  IN_B7(Slow.HEALTH, null, "ComposeHealthAwaitHealthy") {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client) {
      return isUnderWay(client);
    }
  },
  IN_B4(Slow.BUILD, null, "ComposeImagesRebuild") {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client)
        throws IOException {
      return !shop.calls("build").isEmpty();
    }
  },
  AFTER_P1("ComposePreflightInspect"),
  AFTER_P2("RunJournalKeepPlan"),
  AFTER_E1("ComposeContainersCaptureEvidence"),
  AFTER_B2("ComposeImagesProtect"),
  AFTER_B4("ComposeImagesRebuild"),
  AFTER_B3("ComposeProjectPinImage"),
  AFTER_B1("ComposeContainersStop"),
  AFTER_B5("ComposeContainersRestart"),
  AFTER_B6("ComposeHealthAwaitStart"),
  AFTER_B7("ComposeHealthAwaitHealthy"),
  AFTER_B8("ComposeHealthVerify"),
  AFTER_H1("HealthyVersionsRecord") {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client) {
      return Section.STAGING.hasCompleted(client, "HealthyVersionsRecord");
    }
  };

  private final Slow slow;
  private final String event;
  private final String activity;

  ComposeCrashPoint(String activity) {
    this(Slow.NOTHING, null, activity);
  }

  ComposeCrashPoint(Slow slow, String event) {
    this(slow, event, null);
  }

  ComposeCrashPoint(Slow slow, String event, String activity) {
    this.slow = slow;
    this.event = event;
    this.activity = activity;
  }

  Slow slow() {
    return slow;
  }

  /** True when the engine's own word is waited for, which nothing else can hit in time. */
  boolean isEvent() {
    return event != null;
  }

  String event() {
    return event;
  }

  boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client)
      throws IOException {
    return isEvent() ? watch.happened(event) : isOver(client);
  }

  /** In the middle of a step that was made slow, rather than after one, or at an event. */
  boolean isInside() {
    return name().startsWith("IN_") && !isEvent();
  }

  /** The step has been done. */
  boolean isOver(WorkflowClient client) {
    return Section.COMPOSE.hasCompleted(client, activity);
  }

  boolean isUnderWay(WorkflowClient client) {
    return Section.COMPOSE.isInOrPast(client, activity);
  }
}
