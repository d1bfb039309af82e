package dev.rollbook.kubernetes;

import dev.rollbook.Emergency;
import io.temporal.activity.ActivityInterface;

/** Section C's service, without a rollback. */
@ActivityInterface(namePrefix = "KubernetesEmergency")
public interface KubernetesEmergency extends Emergency {}
