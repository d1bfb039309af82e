package dev.rollbook.decision;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Tells a person of alerts about which nothing may be done without one; of each of them once. */
@WorkflowInterface
public interface TellOnCall {

  /**
   * @param alert stands for those that are alike; service and environment may be unknown to the
   *     catalog, or missing
   * @param alike all of them; null for this one alone
   * @return who was told, and what has failed; nothing when all of it was told before
   */
  @WorkflowMethod
  List<String> tell(Alert alert, String why, Alike alike);

  /** The same alert for another reason is told again. */
  static String key(Alert alert, String why) {
    return Memory.told(alert.key() + " " + Integer.toHexString(why.hashCode()));
  }
}
