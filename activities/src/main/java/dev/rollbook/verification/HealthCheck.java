package dev.rollbook.verification;

import dev.rollbook.Secret;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * When a service counts as healthy.
 *
 * @param url answers with JSON whose {@code status} is {@code UP}
 * @param inARow how many times UP without another answer between
 * @param every from one question to the next
 * @param within until when, from the first question of the first attempt
 * @param answerWithin time limit of one question, to the last byte
 * @param headers sent along
 * @param through where to connect to in place of the URL's host; empty: there
 */
public record HealthCheck(
    URI url,
    int inARow,
    Duration every,
    Duration within,
    Duration answerWithin,
    Map<String, Secret> headers,
    Optional<InetSocketAddress> through) {

  public HealthCheck {
    headers = Map.copyOf(headers);
  }

  public HealthCheck(
      URI url,
      int inARow,
      Duration every,
      Duration within,
      Duration answerWithin,
      Map<String, Secret> headers) {
    this(url, inARow, every, within, answerWithin, headers, Optional.empty());
  }

  /** The same, with the way there given: the URL's host stays what a certificate must be for. */
  public HealthCheck through(InetSocketAddress address) {
    return new HealthCheck(url, inARow, every, within, answerWithin, headers, Optional.of(address));
  }

  /**
   * What of it is left to an attempt after others that ended with their worker: at least the time
   * that a healthy service needs, for it may have become so while nobody asked.
   */
  public HealthCheck after(Duration spent) {
    Duration needed = every.multipliedBy(inARow).plus(answerWithin);
    Duration left = within.minus(spent);
    Duration most = left.compareTo(needed) < 0 ? needed : left;
    return most.compareTo(within) < 0 ? within(most) : this;
  }

  /** The same, with no more patience than that for one answer. */
  public HealthCheck answering(Duration most) {
    return answerWithin.compareTo(most) <= 0
        ? this
        : new HealthCheck(url, inARow, every, within, most, headers);
  }

  /** The same with another time limit. */
  public HealthCheck within(Duration limit) {
    return new HealthCheck(url, inARow, every, limit, answerWithin, headers, through);
  }
}
