package dev.rollbook.decision;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.io.File;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs only where Prometheus, Alertmanager and their tools are on the PATH, by Debian's names; with
 * {@code -Drollbook.engines=required} their absence is a failure.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(NeedsAlertmanager.OnThePath.class)
public @interface NeedsAlertmanager {

  /** Looks for them. */
  final class OnThePath implements ExecutionCondition {

    private static final List<String> COMMANDS =
        List.of("prometheus", "promtool", "prometheus-alertmanager", "amtool");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      List<String> missing =
          COMMANDS.stream().filter(command -> !OnThePath.isThere(command)).toList();
      if (missing.isEmpty()) {
        return enabled("Prometheus and Alertmanager are on the PATH");
      }
      String words = "not on the PATH: " + String.join(", ", missing) + "; see dev/engines";
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(words + " (-Drollbook.engines=required)");
      }
      return disabled(words);
    }

    private static boolean isThere(String command) {
      return Stream.of(System.getenv("PATH").split(File.pathSeparator))
          .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
  }
}
