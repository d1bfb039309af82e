package dev.rollbook.kubernetes;

/** What Rollbook writes on a workload, besides what it rolls back. */
final class OwnAnnotations {

  /** How many pods were wanted before we scaled to 0; taken away when they are wanted again. */
  static final String REPLICAS = "rollbook.dev/replicas";

  /** The plan that ended with the service stopped: that plan writes nothing any more. */
  static final String STOPPED_BY = "rollbook.dev/stopped-by";

  /** Those before it, see {@link EndedPlans}. */
  static final String ENDED_PLANS = "rollbook.dev/ended-plans";

  /** What pods were made from when it was stopped, see {@link StoppedTemplate}. */
  static final String STOPPED_TEMPLATE = "rollbook.dev/stopped-template";

  /** Which release was the last. */
  static final String RELEASE = "rollbook.dev/release";

  static final String RELEASED_BY = "rollbook.dev/released-by";

  static final String RELEASE_REASON = "rollbook.dev/release-reason";

  /** Who asked for the rollback. */
  static final String ROLLED_BACK_BY = "rollbook.dev/rolled-back-by";

  /** The target, for people: {@code revision 2 (shopping-service:1.2.3)}. */
  static final String ROLLED_BACK_TO = "rollbook.dev/rolled-back-to";

  static final String REASON = "rollbook.dev/reason";

  /** The plan that wrote here last. */
  static final String RUN = "rollbook.dev/run";

  private OwnAnnotations() {}
}
