package dev.rollbook.escalation;

import dev.rollbook.Secret;
import java.util.List;

/** Where it is announced how a service stands. */
public interface Board {

  /**
   * Says so, unless the board says so already, or says what comes after it: a late attempt opens
   * nothing again. Closes only what was opened, where it can tell.
   *
   * @param whileWaiting called at least once a second; what it throws ends the announcing
   * @throws io.temporal.failure.ApplicationFailure ChannelBroken, not retried, when a second
   *     attempt would fare no better; another one is worth it
   */
  void say(Announcement announcement, Runnable whileWaiting);

  /** Everything that may hold one. */
  default List<Secret> secrets() {
    return List.of();
  }
}
