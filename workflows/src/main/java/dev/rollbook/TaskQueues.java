package dev.rollbook;

/** The task queues that workers poll; an environment may name one of its own in the catalog. */
public final class TaskQueues {

  /** Whole runs, and the steps of every environment that names no queue. */
  public static final String ROLLBOOK = "rollbook";

  private TaskQueues() {}
}
