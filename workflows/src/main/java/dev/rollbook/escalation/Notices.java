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
   * What became of a call that stays open where it arrived, as a pager's does. The same again
   * changes nothing.
   *
   * @throws io.temporal.failure.ApplicationFailure ChannelBroken, not retried
   */
  Sent follow(Followed call);

  /** How it goes on after a call. */
  enum Became {
    ANSWERED,
    OVER
  }

  /**
   * @param noticeId of the call
   * @param channel that it went over
   */
  record Followed(String noticeId, String channel, Became became) {}

  /**
   * @param receipt what the channel answered: a provider's id, a queue's; null for none
   * @param staysOpen whether the channel wants to hear what becomes of it
   */
  record Sent(String receipt, int attempt, boolean staysOpen) {}
}
