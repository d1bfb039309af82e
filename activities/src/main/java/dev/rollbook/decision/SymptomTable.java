package dev.rollbook.decision;

import dev.rollbook.Elapsed;
import dev.rollbook.Severity;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The runbook's table of symptoms: what figures show, deny, or leave open. */
final class SymptomTable {

  private final SymptomLimits limits;
  private final Duration maxAge;

  SymptomTable(SymptomLimits limits, Duration maxAge) {
    this.limits = limits;
    this.maxAge = maxAge;
  }

  /** The figures of one look, each of them still without a verdict. */
  record Figures(
      Measurement age,
      Measurement up,
      Measurement traffic,
      Measurement errorRate,
      Measurement latency) {}

  Symptoms judge(Severity severity, Figures figures, int attempt) {
    Measurement age = age(figures.age());
    Measurement up = fresh(age, up(figures.up()));
    Measurement traffic = fresh(age, traffic(figures.traffic()));
    Measurement errors = fresh(age, used(traffic, errors(severity, figures.errorRate())));
    Measurement latency = fresh(age, used(traffic, latency(severity, figures.latency())));
    List<Measurement> counting =
        latency.value() == null && severity != Severity.HIGH
            ? List.of(up, errors)
            : List.of(up, errors, latency);
    Shown shown = all(counting);
    return new Symptoms(
        shown,
        counting.stream()
            .filter(each -> each.shown() == shown)
            .map(Measurement::why)
            .distinct()
            .collect(Collectors.joining("; ")),
        traffic.shown(),
        Stream.of(age, up, traffic, errors, latency).toList(),
        attempt);
  }

  /** One symptom is enough; only when each is denied, all are. */
  private static Shown all(List<Measurement> counting) {
    if (counting.stream().anyMatch(each -> each.shown() == Shown.SHOWN)) {
      return Shown.SHOWN;
    }
    return counting.stream().allMatch(each -> each.shown() == Shown.NOT_SHOWN)
        ? Shown.NOT_SHOWN
        : Shown.UNKNOWN;
  }

  private Measurement age(Measurement age) {
    if (age.value() == null) {
      return age.as(Shown.UNKNOWN, "whether samples come in is not known: " + age.why());
    }
    boolean isOld = age.value() > maxAge.toMillis() / 1000.0;
    String words = "the newest sample is " + seconds(age.value()) + " old";
    return age.as(isOld ? Shown.NOT_SHOWN : Shown.SHOWN, words);
  }

  /** Old figures, and those of which nobody knows how old they are, say nothing of now. */
  private static Measurement fresh(Measurement age, Measurement judged) {
    return age.shown() == Shown.SHOWN || judged.shown() == Shown.UNKNOWN
        ? judged
        : judged.as(Shown.UNKNOWN, age.why());
  }

  private static Measurement up(Measurement up) {
    if (up.value() == null) {
      return up.as(Shown.UNKNOWN, "whether it is up is not known: " + up.why());
    }
    return up.value() > 0
        ? up.as(Shown.NOT_SHOWN, "it is up")
        : up.as(Shown.SHOWN, "nothing of it answers");
  }

  private static Measurement traffic(Measurement traffic) {
    if (traffic.value() == null) {
      return traffic.as(Shown.UNKNOWN, "its traffic is not known: " + traffic.why());
    }
    return traffic.value() > 0
        ? traffic.as(Shown.SHOWN, number(traffic.value()) + " requests/s")
        : traffic.as(Shown.NOT_SHOWN, "no traffic");
  }

  /** Of a service that nobody uses; a figure that is not there has said its own reason. */
  private static Measurement used(Measurement traffic, Measurement judged) {
    if (traffic.shown() == Shown.SHOWN) {
      return judged;
    }
    if (judged.value() != null) {
      return judged.as(Shown.UNKNOWN, traffic.why());
    }
    return traffic.shown() == Shown.NOT_SHOWN
        ? judged.as(Shown.UNKNOWN, judged.why() + ", " + traffic.why())
        : judged;
  }

  private Measurement errors(Severity severity, Measurement errors) {
    if (errors.value() == null) {
      return errors.as(Shown.UNKNOWN, "its error rate is not known: " + errors.why());
    }
    double rate = errors.value();
    if (rate < 0 || rate > 1) {
      return errors.as(
          Shown.UNKNOWN, "an error rate is from 0 to 1, this one is " + number(rate) + "; mend it");
    }
    double limit = severity == Severity.CRITICAL ? limits.critical() : limits.high();
    String words = percent(rate) + " of the answers fail";
    if (rate > limit) {
      return errors.as(Shown.SHOWN, words + ", more than " + percent(limit));
    }
    return rate < limits.none()
        ? errors.as(Shown.NOT_SHOWN, words)
        : errors.as(
            Shown.UNKNOWN, words + ", from " + percent(limits.none()) + " to " + percent(limit));
  }

  private Measurement latency(Severity severity, Measurement latency) {
    if (latency.value() == null) {
      return latency.as(Shown.UNKNOWN, "how long answers take is not known: " + latency.why());
    }
    String words = "answers take " + seconds(latency.value());
    if (latency.value() <= limits.latency().toMillis() / 1000.0) {
      return latency.as(Shown.NOT_SHOWN, words);
    }
    return severity == Severity.CRITICAL
        ? latency.as(Shown.UNKNOWN, words + ", which is high, not critical")
        : latency.as(Shown.SHOWN, words + ", more than " + Elapsed.describe(limits.latency()));
  }

  static String percent(double rate) {
    return number(rate * 100) + " %";
  }

  private static String seconds(double seconds) {
    return number(seconds) + " s";
  }

  /** At most two digits behind the point, and none that say nothing. */
  private static String number(double value) {
    if (value > 0 && value < 0.01) {
      return "less than 0.01";
    }
    String digits = String.format(Locale.ROOT, "%.2f", value);
    return digits.replaceAll("\\.?0+$", "");
  }
}
