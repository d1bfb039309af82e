package dev.rollbook.escalation;

import io.temporal.activity.ActivityInterface;

/** Sends. At least once: a repeated one carries the same id. */
@ActivityInterface(namePrefix = "Notices")
public interface Notices {

  /**
   * @throws io.temporal.failure.ApplicationFailure ChannelBroken, not retried: the next channel's
   *     turn. Passing trouble (5xx, 429, timeouts) is retried.
   */
  Sent send(Notice notice);

  /**
   * Always besides: into the spool file and the worker's log, so that no call is only in flight.
   */
  Sent spool(Notice notice);

  /**
   * @param receipt what the channel answered: a provider's id, a queue's; null for none
   */
  record Sent(String receipt, int attempt) {}
}
