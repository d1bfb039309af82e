package dev.rollbook.decision;

import java.time.Duration;

/**
 * How much alerts may roll back.
 *
 * @param coolDown between two rollbacks of a service
 * @param perServiceAndHour how many of one service within an hour
 * @param perHour how many in all within an hour
 */
public record GuardLimits(Duration coolDown, int perServiceAndHour, int perHour) {

  public static final GuardLimits DEFAULT = new GuardLimits(Duration.ofMinutes(30), 2, 10);
}
