package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;

/**
 * Which nodes would take a pod at all, however much room they have: by readiness, taints, selector
 * and required affinity, as the scheduler reads them. What pods want of each other is not looked
 * at.
 */
final class NodeFit {

  private final PodSpec pod;

  NodeFit(PodSpec pod) {
    this.pod = pod;
  }

  boolean takes(Node node) {
    return !Boolean.TRUE.equals(node.getSpec().getUnschedulable())
        && isReady(node)
        && node.getSpec().getTaints().stream().allMatch(this::isTolerated)
        && isSelected(node)
        && isWanted(node);
  }

  private static boolean isReady(Node node) {
    return node.getStatus().getConditions().stream()
        .anyMatch(it -> "Ready".equals(it.getType()) && "True".equals(it.getStatus()));
  }

  private boolean isTolerated(Taint taint) {
    return "PreferNoSchedule".equals(taint.getEffect())
        || pod.getTolerations().stream().anyMatch(it -> tolerates(it, taint));
  }

  private static boolean tolerates(Toleration toleration, Taint taint) {
    boolean isAny = "Exists".equals(toleration.getOperator());
    return (isEmpty(toleration.getEffect()) || toleration.getEffect().equals(taint.getEffect()))
        && (isEmpty(toleration.getKey()) ? isAny : toleration.getKey().equals(taint.getKey()))
        && (isAny || orEmpty(toleration.getValue()).equals(orEmpty(taint.getValue())));
  }

  private boolean isSelected(Node node) {
    Map<String, String> selector = pod.getNodeSelector();
    return selector == null || labels(node).entrySet().containsAll(selector.entrySet());
  }

  private boolean isWanted(Node node) {
    var affinity = pod.getAffinity() == null ? null : pod.getAffinity().getNodeAffinity();
    var required =
        affinity == null ? null : affinity.getRequiredDuringSchedulingIgnoredDuringExecution();
    return required == null
        || required.getNodeSelectorTerms().stream().anyMatch(term -> matches(term, node));
  }

  private static boolean matches(NodeSelectorTerm term, Node node) {
    Map<String, String> fields = Map.of("metadata.name", node.getMetadata().getName());
    return !(term.getMatchExpressions().isEmpty() && term.getMatchFields().isEmpty())
        && term.getMatchExpressions().stream().allMatch(it -> matches(it, labels(node)))
        && term.getMatchFields().stream().allMatch(it -> matches(it, fields));
  }

  private static boolean matches(NodeSelectorRequirement wanted, Map<String, String> labels) {
    String value = labels.get(wanted.getKey());
    List<String> values = wanted.getValues();
    return switch (wanted.getOperator()) {
      case "In" -> value != null && values.contains(value);
      case "NotIn" -> value == null || !values.contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      case "Gt" -> isNumber(value) && Long.parseLong(value) > Long.parseLong(values.get(0));
      case "Lt" -> isNumber(value) && Long.parseLong(value) < Long.parseLong(values.get(0));
      default -> true; // newer than we know: the scheduler will say
    };
  }

  private static boolean isNumber(String value) {
    return value != null && value.matches("-?\\d{1,18}");
  }

  private static Map<String, String> labels(Node node) {
    Map<String, String> labels = node.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }
}
