package dev.rollbook.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.rollbook.Failures;
import dev.rollbook.Payloads;
import dev.rollbook.Secret;
import dev.rollbook.verification.HttpAnswer;
import dev.rollbook.verification.HttpProbe;
import dev.rollbook.verification.HttpQuestion;
import io.temporal.failure.ApplicationFailure;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * Brings JSON to where a secret URL leads, and tells trouble that passes from trouble that stays.
 * No failure shows the URL: it may be the password.
 */
final class Delivery {

  static final String BROKEN = "ChannelBroken";
  private static final String BUSY = "ChannelBusy";

  private static final Duration WITHIN = Duration.ofSeconds(15);

  /** 420 is how one provider of status pages says 429. */
  private static final Set<Integer> PASSING = Set.of(408, 420, 425, 429);

  private final HttpProbe probe = new HttpProbe();
  private final Clock clock;
  private final Duration within;

  Delivery() {
    this(Clock.systemUTC(), WITHIN);
  }

  Delivery(Clock clock, Duration within) {
    this.clock = clock;
    this.within = within;
  }

  HttpAnswer post(
      String to, Secret url, Map<String, Secret> headers, Object json, Runnable whileWaiting) {
    HttpQuestion question =
        HttpQuestion.json("POST", url(to, url.toString(), reveal(to, url)), headers, bytes(json));
    return ask(to, question, whileWaiting);
  }

  /**
   * @param to in words, for failures: {@code channel pager}
   * @return an answer of status 2xx
   */
  HttpAnswer ask(String to, HttpQuestion question, Runnable whileWaiting) {
    HttpAnswer answer;
    try {
      answer = probe.ask(question, within, whileWaiting);
    } catch (ApplicationFailure e) {
      throw e.isNonRetryable() ? broken(to, e.getOriginalMessage()) : e;
    }
    if (!answer.isAnswered()) {
      throw answer.kind() == HttpAnswer.Kind.TLS
          ? broken(to, answer.trouble())
          : busy(to, answer.trouble(), null);
    }
    int status = answer.status();
    if (status / 100 == 2) {
      return answer;
    }
    String words = "answered " + status + said(answer);
    if (PASSING.contains(status) || status >= 500) {
      throw busy(
          to,
          words,
          answer
              .retryAfter()
              .flatMap(header -> RetryAfter.parse(header, clock.instant()))
              .orElse(null));
    }
    throw broken(
        to,
        status / 100 == 3
            ? words + ", which leads elsewhere; write the URL that it leads to"
            : words);
  }

  static ApplicationFailure broken(String to, String words) {
    return Failures.hopeless(BROKEN, to + ": " + words);
  }

  /** Worth another attempt. */
  static ApplicationFailure busy(String to, String words, Duration again) {
    return ApplicationFailure.newBuilder()
        .setType(BUSY)
        .setMessage(to + ": " + words)
        .setNextRetryDelay(again)
        .build();
  }

  static String reveal(String to, Secret secret) {
    try {
      return secret.reveal();
    } catch (IllegalStateException | UncheckedIOException e) {
      throw broken(to, e.getMessage());
    }
  }

  static byte[] bytes(Object json) {
    try {
      return Payloads.mapper().writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Texts and lists of them are always JSON", e);
    }
  }

  /**
   * @param shown how the catalog writes it
   */
  static URI url(String to, String shown, String text) {
    try {
      URI url = new URI(text);
      if (url.getHost() != null
          && ("https".equalsIgnoreCase(url.getScheme())
              || "http".equalsIgnoreCase(url.getScheme()))) {
        return url;
      }
    } catch (URISyntaxException e) {
      // said below, without the text
    }
    throw broken(to, "its URL (" + shown + ") is no http or https URL with a host; mend it");
  }

  private static String said(HttpAnswer answer) {
    String body = Message.line(answer.text(), 200);
    return body.isEmpty() ? "" : ": " + body;
  }
}
