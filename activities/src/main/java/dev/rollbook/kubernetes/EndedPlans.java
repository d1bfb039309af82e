package dev.rollbook.kubernetes;

import java.util.ArrayList;
import java.util.List;

/**
 * The plans that have ended with the workload stopped, on record there: nothing late of theirs may
 * act, whoever let it run again since.
 */
final class EndedPlans {

  /** A worker that comes back after so many later stops is beyond belief. */
  private static final int KEPT = 20;

  private EndedPlans() {}

  static boolean contain(WorkloadState workload, String planId) {
    return planId.equals(workload.annotations().get(OwnAnnotations.STOPPED_BY))
        || past(workload).contains(planId);
  }

  /** The stop that stands does so no more, or gives way to another one; its plan is kept. */
  static GuardedPatch keep(WorkloadState read, GuardedPatch patch) {
    String stands = read.annotations().get(OwnAnnotations.STOPPED_BY);
    if (stands == null) {
      return patch;
    }
    List<String> past = new ArrayList<>(past(read));
    past.remove(stands);
    past.add(stands);
    List<String> kept = past.subList(Math.max(0, past.size() - KEPT), past.size());
    return patch
        .annotate(OwnAnnotations.ENDED_PLANS, String.join(" ", kept))
        .removeAnnotation(OwnAnnotations.STOPPED_BY);
  }

  private static List<String> past(WorkloadState workload) {
    String past = workload.annotations().get(OwnAnnotations.ENDED_PLANS);
    return past == null ? List.of() : List.of(past.split(" "));
  }
}
