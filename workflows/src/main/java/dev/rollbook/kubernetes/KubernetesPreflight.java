package dev.rollbook.kubernetes;

import dev.rollbook.Inspection;
import dev.rollbook.RollbackRequest;
import io.temporal.activity.ActivityInterface;

/** Section C's preconditions. */
@ActivityInterface(namePrefix = "KubernetesPreflight")
public interface KubernetesPreflight {

  /**
   * Looks at everything a rollback needs and changes nothing; all findings come at once: cluster,
   * permissions (all missing ones, with a Role to apply), the workload, whether it is paused, who
   * manages it, its history. The target is pinned here to the UID of a ReplicaSet or
   * ControllerRevision: the given revision number, tag, image or hash, else the last one recorded
   * healthy by us, else the newest whose images differ from the bad one's.
   */
  Inspection inspect(RollbackRequest request);
}
