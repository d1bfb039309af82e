package dev.rollbook.serve;

import dev.rollbook.Run;
import dev.rollbook.Verdict;
import dev.rollbook.decision.QuestionId;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowTargetOptions;
import java.util.Optional;

/** What runs in Temporal ask people. A word reaches the execution that asks, and no later one. */
final class Questions {

  private final WorkflowClient client;
  private final Patience patience = new Patience();

  Questions(WorkflowClient client) {
    this.client = client;
  }

  /**
   * The run as it stands, or stood at its end; empty when there is none.
   *
   * @throws dev.rollbook.decision.TemporalAway when that cannot be told in time
   */
  Optional<Run> run(String workflowId, QuestionId question) {
    return patience.ask(
        () -> {
          try {
            return Optional.ofNullable(stub(workflowId, question).query("status", Run.class));
          } catch (WorkflowNotFoundException none) {
            return Optional.empty();
          }
        });
  }

  /**
   * @param word the update's name
   * @throws dev.rollbook.decision.TemporalAway when it is not known whether it was heard
   */
  void decide(String workflowId, QuestionId question, String word, Verdict verdict)
      throws LinkForm.Refused {
    patience.say(
        () -> stub(workflowId, question).update(word, String.class, verdict),
        "nothing is asked any more");
  }

  private WorkflowStub stub(String workflowId, QuestionId question) {
    return client.newUntypedWorkflowStub(
        WorkflowTargetOptions.newBuilder()
            .setWorkflowId(workflowId)
            .setRunId(question.execution())
            .build());
  }
}
