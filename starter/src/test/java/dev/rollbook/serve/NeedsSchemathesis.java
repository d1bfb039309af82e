package dev.rollbook.serve;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.io.File;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs only where a {@code schemathesis} command is on the PATH; with {@code
 * -Drollbook.engines=required} its absence is a failure.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(NeedsSchemathesis.OnThePath.class)
public @interface NeedsSchemathesis {

  /** Looks for it. */
  final class OnThePath implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      boolean isThere =
          Stream.of(System.getenv("PATH").split(File.pathSeparator))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, "schemathesis")));
      if (isThere) {
        return enabled("Schemathesis is on the PATH");
      }
      String words = "not on the PATH: schemathesis; see dev/engines";
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(words + " (-Drollbook.engines=required)");
      }
      return disabled(words);
    }
  }
}
