package dev.rollbook.compose;

import dev.rollbook.compose.ComposePin.Pin;

/**
 * What pinning the image in the project's files would do; made again it is the same.
 *
 * @param file the file that is edited or written, absolute; null when files are left alone
 * @param before SHA-256 of the file when this was planned; null when there is none yet
 * @param sticks true when the next plain {@code docker compose up -d} keeps the pinned image
 * @param keepsBuild true when {@code up --build} would build over the pinned image
 * @param reason why so, and what would still undo it; for people
 * @param validation which Compose accepted the result, or why none was asked
 * @param diff unified; empty when the file says it already. May hold what the file holds
 * @param named the image that the files name as they are; null when they name none
 */
public record PinPlan(
    Pin how,
    String file,
    String before,
    boolean sticks,
    boolean resetsBuild,
    boolean keepsBuild,
    boolean pinsPullPolicy,
    String reason,
    String validation,
    String diff,
    String named) {

  PinPlan naming(String image) {
    return new PinPlan(
        how,
        file,
        before,
        sticks,
        resetsBuild,
        keepsBuild,
        pinsPullPolicy,
        reason,
        validation,
        diff,
        image);
  }

  public boolean changes() {
    return !diff.isEmpty();
  }
}
