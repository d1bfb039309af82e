package dev.rollbook.kubernetes;

import java.util.Optional;

/** How many pods a workload wanted before we scaled it to 0, as we wrote it on the workload. */
final class RecordedReplicas {

  private RecordedReplicas() {}

  /** Empty when nothing is recorded, or when somebody has scaled it up since: theirs counts. */
  static Optional<Integer> of(WorkloadState workload) {
    String recorded = workload.annotations().get(OwnAnnotations.REPLICAS);
    return recorded == null || workload.wanted() > 0 || !recorded.matches("\\d{1,9}")
        ? Optional.empty()
        : Optional.of(Integer.valueOf(recorded));
  }

  /** What takes a scaling of ours back: that count is wanted again, and the record goes. */
  static Optional<GuardedPatch> restored(WorkloadState workload) {
    if (!workload.annotations().containsKey(OwnAnnotations.REPLICAS)) {
      return Optional.empty();
    }
    GuardedPatch patch = new GuardedPatch(workload).removeAnnotation(OwnAnnotations.REPLICAS);
    of(workload).ifPresent(count -> patch.set("/spec/replicas", count));
    return Optional.of(patch);
  }
}
