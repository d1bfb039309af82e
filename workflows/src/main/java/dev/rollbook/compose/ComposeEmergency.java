package dev.rollbook.compose;

import dev.rollbook.Emergency;
import io.temporal.activity.ActivityInterface;

/** Section B's service, without a rollback. */
@ActivityInterface(namePrefix = "ComposeEmergency")
public interface ComposeEmergency extends Emergency {}
