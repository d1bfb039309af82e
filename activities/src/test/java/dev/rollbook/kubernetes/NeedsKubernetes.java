package dev.rollbook.kubernetes;

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
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Runs only where {@code ROLLBOOK_TEST_KUBECONFIG} says so: never on the cluster that somebody
 * happens to be logged in to. With {@code -Drollbook.engines=required} its absence is a failure.
 *
 * <p>Most of such a test is waiting, so that several of them run at once.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith(NeedsKubernetes.AtItsKubeconfig.class)
public @interface NeedsKubernetes {

  /** Looks for it. */
  final class AtItsKubeconfig implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (System.getenv(KubernetesShop.KUBECONFIG) != null) {
        return enabled("there is a Kubernetes cluster for tests");
      }
      if ("required".equals(System.getProperty("rollbook.engines"))) {
        throw new IllegalStateException(
            "No Kubernetes cluster, but -Drollbook.engines=required; set "
                + KubernetesShop.KUBECONFIG
                + ", see dev/engines");
      }
      return disabled("no Kubernetes cluster for tests; see dev/engines");
    }
  }
}
