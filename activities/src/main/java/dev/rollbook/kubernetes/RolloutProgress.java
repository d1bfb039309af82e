package dev.rollbook.kubernetes;

import dev.rollbook.PinnedService;

/** How far a workload's controller is with the target. */
record RolloutProgress(PinnedService service, WorkloadState now, RolloutPods pods) {

  /**
   * By the controller's counts, once it has seen the newest change, and by the pods themselves: a
   * controller counts what it has heard of so far.
   */
  boolean isComplete() {
    return isCounted(now, service)
        && now.wanted() > 0
        && pods.areReady(now.wanted())
        && pods.others().isEmpty();
  }

  /** The controller says so; the pods have not been asked. */
  static boolean isCounted(WorkloadState now, PinnedService service) {
    WorkloadState.Counts counts = now.counts();
    return now.isObserved()
        && counts.updated() == now.wanted()
        && counts.total() == now.wanted()
        && counts.available() == now.wanted()
        && (counts.revision() == null || counts.revision().equals(service.kubernetes().hash()));
  }

  /** {@code 1 of 3 updated, 1 available, 2 old pods left}. */
  String words() {
    if (!now.isObserved()) {
      return "the controller has not seen the change yet";
    }
    long available = Math.min(now.counts().available(), ready());
    int old = pods.others().size();
    return "%d of %d updated, %d available%s"
        .formatted(
            pods.target().size(),
            now.wanted(),
            available,
            old == 0 ? "" : ", " + old + (old == 1 ? " old pod left" : " old pods left"));
  }

  private long ready() {
    return pods.target().stream().filter(ServicePod::isReady).count();
  }
}
