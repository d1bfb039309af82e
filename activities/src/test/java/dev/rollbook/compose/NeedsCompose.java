package dev.rollbook.compose;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Runs only where Compose v1 and v2 are both installed, no engine needed; with {@code
 * -Drollbook.engines=required} the absence of one is a failure.
 *
 * <p>Most of such a test is waiting, so that several of them run at once.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith(NeedsCompose.Installed.class)
public @interface NeedsCompose {

  /** Looks for them. */
  final class Installed implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      List<ComposeCommand.Generation> missing = Composes.missing();
      if (missing.isEmpty()) {
        return enabled("Compose v1 and v2 are installed");
      }
      String words = "no Compose " + missing + " (docker-compose) here; see dev/engines";
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(words + ", but -Drollbook.engines=required");
      }
      return disabled(words);
    }
  }
}
