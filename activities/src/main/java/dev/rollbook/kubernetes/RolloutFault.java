package dev.rollbook.kubernetes;

import java.time.Duration;
import java.util.List;

/**
 * Something that keeps a rollout from coming to its end by itself.
 *
 * @param place tells it from others: it counts from when it was first seen there
 * @param words what is wrong
 * @param concerned the UIDs of the objects whose events tell more
 * @param holds for how long it must be there before it is believed
 */
record RolloutFault(
    Origin origin, String place, String words, List<String> concerned, Duration holds) {

  /** What a cluster mends by itself: pods of a silent node are made anew elsewhere after 5 min. */
  static final Duration HEALS_WITHIN = Duration.ofMinutes(6);

  private static final Duration ONLY_AT_THE_DEADLINE = Duration.ofDays(1_000);

  /** Whose fault it is, and what is to be done about it. */
  enum Origin {
    RELEASE(
        "A fault of this release",
        "It will not get well by waiting: choose another target with --to, or mend what it names."),
    ENVIRONMENT(
        "Not a fault of the release but of the environment",
        "Mend that, then run again: the target itself may be good."),
    UNCLEAR("It makes no progress", "Look at the pods and events below, then run again."),
    STRATEGY("Not a fault of the release but of the update strategy", "");

    private final String words;
    private final String advice;

    Origin(String words, String advice) {
      this.words = words;
      this.advice = advice;
    }
  }

  RolloutFault {
    concerned = List.copyOf(concerned);
  }

  /** Nothing is believed of it as long as old pods end; afterwards it counts anew. */
  RolloutFault whileRoomComes() {
    return new RolloutFault(
        origin,
        place + " while room comes",
        words + "; old pods that are ending may make room for it",
        concerned,
        ONLY_AT_THE_DEADLINE);
  }

  String describe() {
    return origin.words + ": " + words + (origin.advice.isEmpty() ? "" : ". " + origin.advice);
  }
}
