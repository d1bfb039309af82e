package dev.rollbook.decision;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.decision.PrometheusAnswer.Sample;
import dev.rollbook.verification.HttpAnswer;
import dev.rollbook.verification.HttpProbe;
import dev.rollbook.verification.HttpQuestion;
import io.temporal.failure.ApplicationFailure;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The questions of one look at one service; when nobody answers one, the others are not asked. */
final class PrometheusQuestions {

  private static final int LONGEST = 256 * 1024;

  private final PrometheusServer server;
  private final HttpProbe probe = new HttpProbe();
  private final Redaction redaction;
  private final Clock clock;
  private final Runnable whileWaiting;
  private PrometheusAnswer away;

  PrometheusQuestions(
      PrometheusServer server, Redaction redaction, Clock clock, Runnable whileWaiting) {
    this.server = server;
    this.redaction = redaction;
    this.clock = clock;
    this.whileWaiting = whileWaiting;
  }

  /**
   * One figure, not yet judged: {@link Shown#UNKNOWN}, with its value, or with the reason why there
   * is none.
   */
  Measurement figure(String name, String query) {
    PrometheusAnswer answer = ask(name, query);
    if (answer.trouble() != null) {
      return without(name, query, answer.trouble());
    }
    List<Sample> samples = answer.samples();
    if (samples.isEmpty()) {
      return without(name, query, "no such series");
    }
    if (samples.size() > 1) {
      return without(
          name, query, samples.size() + " series where one figure is wanted; sum them in " + name);
    }
    Sample sample = samples.get(0);
    if (isOld(sample)) {
      return without(name, query, old(sample));
    }
    if (Double.isNaN(sample.value()) || Double.isInfinite(sample.value())) {
      return without(
          name, query, Double.isNaN(sample.value()) ? "no number (NaN)" : "endless (Inf)");
    }
    return new Measurement(name, Shown.UNKNOWN, sample.value(), sample.at(), query, "");
  }

  /** As many series as there are. */
  PrometheusAnswer ask(String name, String query) {
    if (away != null) {
      return away;
    }
    PrometheusAnswer answer = asked(name, query);
    away = answer.isAway() ? answer : null;
    return answer;
  }

  private PrometheusAnswer asked(String name, String query) {
    whileWaiting.run();
    Map<String, Secret> headers;
    try {
      headers = server.sent();
    } catch (IllegalStateException | UncheckedIOException missing) {
      return notAsked(missing.getMessage());
    }
    HttpQuestion question = HttpQuestion.get(server.query(query), headers).reading(LONGEST);
    try {
      HttpAnswer answer = probe.ask(question, server.within(), whileWaiting);
      if (answer.isConnectionTrouble()) {
        answer = probe.ask(question, server.within(), whileWaiting);
      }
      PrometheusAnswer read = PrometheusAnswer.of(name, answer);
      return new PrometheusAnswer(read.samples(), clean(read.trouble()), read.isAway());
    } catch (ApplicationFailure unsendable) {
      return notAsked(unsendable.getOriginalMessage());
    }
  }

  private PrometheusAnswer notAsked(String why) {
    return PrometheusAnswer.trouble("could not be asked: " + clean(why));
  }

  private String clean(String text) {
    return text == null ? null : redaction.clean(Evidence.plain(text));
  }

  boolean isOld(Sample sample) {
    return Duration.between(sample.at(), clock.instant()).abs().compareTo(server.maxAge()) > 0;
  }

  private String old(Sample sample) {
    return "from %s, more than %s from our own time"
        .formatted(sample.at(), Elapsed.describe(server.maxAge()));
  }

  private static Measurement without(String name, String query, String why) {
    return new Measurement(name, Shown.UNKNOWN, null, null, query, why);
  }
}
