package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One write to a workload, as a JSON Patch that lands only if nobody wrote to its specification
 * since it was read: {@code test} on uid and generation, which a mere change of status leaves as
 * they are, and on the fences, which need not bump the generation.
 */
final class GuardedPatch {

  private static final String ANNOTATIONS = "/metadata/annotations";

  private final WorkloadState read;
  private final List<Map<String, Object>> guards = new ArrayList<>();
  private final List<Map<String, Object>> changes = new ArrayList<>();

  GuardedPatch(WorkloadState read) {
    this.read = read;
    guards.add(operation("test", "/metadata/uid", read.uid()));
    guards.add(operation("test", "/metadata/generation", read.generation()));
    if (hasNoAnnotations()) {
      guards.add(operation("test", ANNOTATIONS, null));
    } else {
      for (String fence : List.of(OwnAnnotations.STOPPED_BY, OwnAnnotations.ENDED_PLANS)) {
        guards.add(operation("test", annotation(fence), read.annotations().get(fence)));
      }
    }
  }

  private boolean hasNoAnnotations() {
    return read.annotations().isEmpty();
  }

  /** One key of them: the others are other people's. */
  GuardedPatch annotate(String key, String value) {
    if (hasNoAnnotations() && changes.stream().noneMatch(GuardedPatch::createsAnnotations)) {
      changes.add(operation("add", ANNOTATIONS, Map.of()));
    }
    changes.add(operation("add", annotation(key), value));
    return this;
  }

  /** Nothing when it is not there. */
  GuardedPatch removeAnnotation(String key) {
    if (read.annotations().containsKey(key)) {
      changes.add(operation("remove", annotation(key), null));
    }
    return this;
  }

  /**
   * @param path as RFC 6901 writes it: {@code /spec/template}
   * @param value anything that the client can write as JSON
   */
  GuardedPatch set(String path, Object value) {
    changes.add(operation("add", path, value));
    return this;
  }

  GuardedPatch remove(String path) {
    changes.add(operation("remove", path, null));
    return this;
  }

  /**
   * @return the workload as the server has it now
   * @throws ClusterFailure.Conflict when a guard did not hold: look again
   */
  WorkloadState send(Cluster cluster) {
    return cluster.call(
        "patch " + read.resource(),
        client ->
            WorkloadState.of(
                WorkloadState.resource(client, read.kind(), read.namespace(), read.name())
                    .patch(
                        PatchContext.of(PatchType.JSON),
                        client.getKubernetesSerialization().asJson(operations()))));
  }

  List<Map<String, Object>> operations() {
    List<Map<String, Object>> operations = new ArrayList<>(guards);
    operations.addAll(changes);
    return operations;
  }

  private static boolean createsAnnotations(Map<String, Object> change) {
    return ANNOTATIONS.equals(change.get("path"));
  }

  private static String annotation(String key) {
    return ANNOTATIONS + "/" + key.replace("~", "~0").replace("/", "~1");
  }

  private static Map<String, Object> operation(String op, String path, Object value) {
    Map<String, Object> operation = new LinkedHashMap<>();
    operation.put("op", op);
    operation.put("path", path);
    if (!op.equals("remove")) {
      operation.put("value", value);
    }
    return operation;
  }
}
