package dev.rollbook.escalation;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Links by which whoever is called can answer. Opening one shows a page; only its button answers,
 * since scanners and previews open links too.
 *
 * @param base where {@code rollbook serve} is reached: {@code https://rollbook.example.com}
 * @param validFor from the sending on
 */
public record AckLinks(URI base, LinkToken tokens, Duration validFor, Clock clock) {

  public static final String ACK = "ack";
  public static final String APPROVE = "approve";
  public static final String REJECT = "reject";

  /**
   * @param deed what the button does: {@link #ACK}, {@link #APPROVE} or {@link #REJECT}
   */
  String of(Notice notice, String deed) {
    String token =
        tokens.issue(
            new LinkToken.Claim(
                notice.incident().id(),
                notice.workflowId(),
                notice.level(),
                notice.recipient(),
                deed,
                expires(notice).getEpochSecond()));
    String start = base.toString();
    return (start.endsWith("/") ? start : start + "/")
        + (deed.equals(ACK) ? "ack" : "decide")
        + "?token="
        + token;
  }

  /** No later than what it answers. */
  private Instant expires(Notice notice) {
    Instant expires = clock.instant().plus(validFor);
    return notice.until() == null || notice.until().isAfter(expires) ? expires : notice.until();
  }
}
