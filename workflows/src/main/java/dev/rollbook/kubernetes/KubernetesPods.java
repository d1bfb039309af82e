package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import io.temporal.activity.ActivityInterface;
import java.util.List;

/**
 * Whether the target's pods serve. Reads only, but for the port-forwards it opens and closes. What
 * fails while the workload has another template by now fails as Reverted, or NewerDeploy.
 */
@ActivityInterface(namePrefix = "KubernetesPods")
public interface KubernetesPods {

  /**
   * C4: the target's pods are Ready, and none restarts for as long as the catalog wants.
   *
   * @throws io.temporal.failure.ApplicationFailure PodsUnstable naming the pod; DatabaseDown
   *     instead when one that is not Ready says so itself; WrongImage when a tag brought other bits
   *     than those recorded healthy
   */
  Running awaitStable(PinnedService service);

  /**
   * C5: the log of every target pod has the start line and, from this start on, no error line.
   *
   * @throws io.temporal.failure.ApplicationFailure NotReady, ErrorLines, each with the last lines
   */
  StepReport checkLogs(PinnedService service);

  /**
   * C6: the Service's EndpointSlices hold exactly the target's ready pods.
   *
   * @throws io.temporal.failure.ApplicationFailure WrongEndpoints naming what is too much or
   *     missing
   */
  StepReport awaitEndpoints(PinnedService service);

  /**
   * C7: the health URL of each target pod, and of the Service, through port-forwards, as often in a
   * row as the catalog wants.
   *
   * @throws io.temporal.failure.ApplicationFailure NotHealthy, or DatabaseDown, naming the pod
   */
  StepReport awaitHealthy(PinnedService service);

  /**
   * @param images as the pods really run them
   */
  record Running(List<KubernetesPin.Image> images, StepReport report) {

    public Running {
      images = images == null ? List.of() : List.copyOf(images);
    }
  }
}
