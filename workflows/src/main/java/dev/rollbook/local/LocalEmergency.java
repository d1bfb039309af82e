package dev.rollbook.local;

import dev.rollbook.Emergency;
import io.temporal.activity.ActivityInterface;

/** Section A's service, without a rollback. */
@ActivityInterface(namePrefix = "LocalEmergency")
public interface LocalEmergency extends Emergency {}
