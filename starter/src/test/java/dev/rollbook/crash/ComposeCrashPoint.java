package dev.rollbook.crash;

import dev.rollbook.compose.CountedShop;
import dev.rollbook.compose.CountedShop.Slow;
import io.temporal.client.WorkflowClient;
import java.io.IOException;

/** A moment of Section B: in the middle of a step that was made slow, or right after one. */
enum ComposeCrashPoint {
  IN_B3(Slow.COMPOSE_CONFIG) {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client)
        throws IOException {
      return Section.COMPOSE.hasCompleted(client, "ComposeImagesProtect")
          && shop.calls("config").size() > 0;
    }
  },
  IN_B1(Slow.STOP, "kill"),
  IN_B1_DEAD(Slow.NOTHING, "die"),
  IN_B5_COMPOSE(Slow.COMPOSE_UP) {
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
  IN_B6(Slow.START) {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client) {
      return Section.COMPOSE.isInOrPast(client, "ComposeHealthAwaitStart");
    }
  },
  IN_B7(Slow.HEALTH) {
    @Override
    boolean isReached(CountedShop shop, ContainerWatch watch, WorkflowClient client) {
      return Section.COMPOSE.isInOrPast(client, "ComposeHealthAwaitHealthy");
    }
  },
  IN_B4(Slow.BUILD) {
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
  private final String completed;

  ComposeCrashPoint(String completed) {
    this(Slow.NOTHING, null, completed);
  }

  ComposeCrashPoint(Slow slow) {
    this(slow, null, null);
  }

  ComposeCrashPoint(Slow slow, String event) {
    this(slow, event, null);
  }

  ComposeCrashPoint(Slow slow, String event, String completed) {
    this.slow = slow;
    this.event = event;
    this.completed = completed;
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
    return isEvent() ? watch.happened(event) : Section.COMPOSE.hasCompleted(client, completed);
  }
}
