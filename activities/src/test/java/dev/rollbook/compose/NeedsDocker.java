package dev.rollbook.compose;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Runs only where there is a Docker Engine: {@code DOCKER_HOST}, or the default socket. With {@code
 * -Drollbook.engines=required} its absence is a failure.
 *
 * <p>Most of such a test is waiting, so that several of them run at once.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith(NeedsDocker.AtItsSocket.class)
public @interface NeedsDocker {

  /** Looks for it. */
  final class AtItsSocket implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"))) {
        return enabled("there is a Docker Engine");
      }
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(
            "No Docker Engine, but -Drollbook.engines=required; see dev/engines");
      }
      return disabled("no Docker Engine; see dev/engines");
    }
  }
}
