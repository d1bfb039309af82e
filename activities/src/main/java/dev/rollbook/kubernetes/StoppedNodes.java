package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import java.util.Map;

/**
 * What stops a DaemonSet, which has no replicas: its pods are wanted only on nodes of a label that
 * no node has.
 */
final class StoppedNodes {

  static final String LABEL = "rollbook.dev/stopped";

  private static final String NODE_SELECTOR = "/spec/template/spec/nodeSelector";

  private StoppedNodes() {}

  static boolean isOn(PodTemplateSpec template) {
    return selector(template).containsKey(LABEL);
  }

  static void select(WorkloadState read, GuardedPatch patch) {
    if (selector(read.template()).isEmpty()) {
      patch.set(NODE_SELECTOR, Map.of(LABEL, "true"));
    } else {
      patch.set(NODE_SELECTOR + "/" + LABEL.replace("/", "~1"), "true");
    }
  }

  /** The other way round. */
  static GuardedPatch deselect(WorkloadState read, GuardedPatch patch) {
    return patch.remove(
        selector(read.template()).size() == 1
            ? NODE_SELECTOR
            : NODE_SELECTOR + "/" + LABEL.replace("/", "~1"));
  }

  /** The template as it was before it was stopped. */
  static PodTemplateSpec without(PodTemplateSpec template) {
    return isOn(template)
        ? new PodTemplateSpecBuilder(template)
            .editSpec()
            .removeFromNodeSelector(LABEL)
            .endSpec()
            .build()
        : template;
  }

  private static Map<String, String> selector(PodTemplateSpec template) {
    Map<String, String> selector = template.getSpec().getNodeSelector();
    return selector == null ? Map.of() : selector;
  }
}
