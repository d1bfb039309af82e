package dev.rollbook.engine;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs only where a {@code temporal} command is on the PATH; with {@code
 * -Drollbook.engines=required} its absence is a failure.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(NeedsTemporal.OnThePath.class)
public @interface NeedsTemporal {

  /** Looks for it. */
  final class OnThePath implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (Engines.temporalOn(System.getenv("PATH")).isPresent()) {
        return enabled("temporal is on the PATH");
      }
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(
            "No `temporal` on the PATH, but -Drollbook.engines=required; see dev/engines");
      }
      return disabled("no `temporal` on the PATH; see dev/engines");
    }
  }
}
