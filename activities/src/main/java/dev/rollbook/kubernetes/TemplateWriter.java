package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Who wrote to a workload's template last, as the API server noted it.
 *
 * @param manager the program's name for itself: {@code kubectl-edit}, {@code argocd-controller}
 * @param at the server's clock, in seconds
 */
record TemplateWriter(String manager, Instant at) {

  /** Empty when nothing is noted, as of objects that were imported. */
  static Optional<TemplateWriter> of(WorkloadState workload) {
    return newest(workload, TemplateWriter::ownsTemplate);
  }

  /** As above, of whatever part but the status. */
  static Optional<TemplateWriter> last(WorkloadState workload) {
    return newest(workload, entry -> !"status".equals(entry.getSubresource()));
  }

  private static Optional<TemplateWriter> newest(
      WorkloadState workload, Predicate<ManagedFieldsEntry> which) {
    return workload.object().getMetadata().getManagedFields().stream()
        .filter(entry -> entry.getTime() != null)
        .filter(which)
        .map(entry -> new TemplateWriter(entry.getManager(), Instant.parse(entry.getTime())))
        .max(Comparator.comparing(TemplateWriter::at));
  }

  private static boolean ownsTemplate(ManagedFieldsEntry entry) {
    return entry.getFieldsV1() != null
        && entry.getFieldsV1().getAdditionalProperties().get("f:spec") instanceof Map<?, ?> spec
        && spec.containsKey("f:template");
  }

  /** {@code 'argocd-controller' at 2026-11-23T05:17:00Z}. */
  String describe() {
    return "'" + manager + "' at " + at;
  }
}
