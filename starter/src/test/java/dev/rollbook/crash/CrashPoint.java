package dev.rollbook.crash;

import dev.rollbook.shop.LocalShop;
import io.temporal.client.WorkflowClient;
import java.util.Map;

/** A moment of a run: in the middle of a step that was made slow, or right after one. */
enum CrashPoint {
  IN_A1("LocalRepositoryCheckOut") {
    @Override
    LocalShop slow(LocalShop shop) throws Exception {
      shop.checkoutTakes(5);
      return shop.threeReleases();
    }

    @Override
    boolean isReached(LocalShop shop, WorkflowClient client) throws Exception {
      return !shop.checkouts().isEmpty();
    }
  },
  IN_A2("LocalServiceStop") {
    @Override
    LocalShop slow(LocalShop shop) throws Exception {
      return shop.release("v1", Map.of())
          .release("v2", Map.of())
          .release("v3", Map.of("health", "DOWN", "ignoresTerm", "true"));
    }

    @Override
    boolean isReached(LocalShop shop, WorkflowClient client) {
      return isUnderWay(client);
    }
  },
  IN_A3_BUILD("LocalServiceBuildAndStart") {
    @Override
    LocalShop slow(LocalShop shop) throws Exception {
      shop.buildTakes(5);
      return shop.threeReleases();
    }

    @Override
    boolean isReached(LocalShop shop, WorkflowClient client) throws Exception {
      return !shop.builds().isEmpty();
    }
  },
  IN_A3_START("LocalServiceBuildAndStart") {
    @Override
    LocalShop slow(LocalShop shop) throws Exception {
      return shop.release("v1", Map.of())
          .release("v2", Map.of("startMillis", "5000"))
          .release("v3", Map.of("health", "DOWN"));
    }

    @Override
    boolean isReached(LocalShop shop, WorkflowClient client) throws Exception {
      return !shop.starts().isEmpty();
    }
  },
  IN_A4("HealthAwaitUp") {
    @Override
    LocalShop slow(LocalShop shop) throws Exception {
      return shop.release("v1", Map.of())
          .release("v2", Map.of("upAfterMillis", "5000"))
          .release("v3", Map.of("health", "DOWN"));
    }

    @Override
    boolean isReached(LocalShop shop, WorkflowClient client) {
      return isUnderWay(client);
    }
  },
  AFTER_P2("RunJournalKeepPlan"),
  AFTER_E1("LocalServiceCaptureEvidence"),
  AFTER_A1("LocalRepositoryCheckOut"),
  AFTER_A2("LocalServiceStop"),
  AFTER_A3("LocalServiceBuildAndStart"),
  AFTER_A4("HealthAwaitUp"),
  AFTER_V1("HealthVerify");

  private final String activity;

  CrashPoint(String activity) {
    this.activity = activity;
  }

  /** The releases of a shop in which this moment lasts long enough to be hit. */
  LocalShop slow(LocalShop shop) throws Exception {
    return shop.threeReleases();
  }

  boolean isReached(LocalShop shop, WorkflowClient client) throws Exception {
    return isOver(client);
  }

  /** In the middle of a step, rather than after it. */
  boolean isInside() {
    return name().startsWith("IN_");
  }

  /** The step has been done. */
  boolean isOver(WorkflowClient client) {
    return Section.LOCAL.hasCompleted(client, activity);
  }

  boolean isUnderWay(WorkflowClient client) {
    return Section.LOCAL.isInOrPast(client, activity);
  }
}
