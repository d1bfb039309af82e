package dev.rollbook.decision;

import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.util.List;

/** Tells a person of an alert about which nothing may be done without one. */
@WorkflowInterface
public interface TellOnCall {

  /**
   * @param alert service and environment may be unknown to the catalog, or missing
   * @return who was told, and what has failed
   */
  @WorkflowMethod
  List<String> tell(Alert alert, String why);
}
