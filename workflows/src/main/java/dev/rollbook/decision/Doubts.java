package dev.rollbook.decision;

import dev.rollbook.Journal;
import dev.rollbook.PinnedService;
import dev.rollbook.Severity;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What speaks against doing at once what an alert asks for: metrics that deny it, and a release too
 * old to be its cause. What is unknown speaks against nothing.
 */
final class Doubts {

  private final DecisionPolicy policy;
  private final AskedMetrics metrics;
  private final boolean watches;
  private final Consumer<String> notes;
  private String words;
  private Instant since;
  private boolean isHardlyARelease;

  /**
   * @param metrics null where there are none
   * @param watches false in histories from before it did
   * @param notes takes what is to be remembered
   */
  Doubts(DecisionPolicy policy, AskedMetrics metrics, boolean watches, Consumer<String> notes) {
    this.policy = policy;
    this.metrics = metrics;
    this.watches = watches;
    this.notes = notes;
  }

  boolean exist() {
    return words != null;
  }

  /** By when people must have decided, who were asked because of them. */
  Instant until() {
    return since.plus(policy.critical().within());
  }

  /** What was seen last; null for nothing. */
  Symptoms seen() {
    return metrics == null ? null : metrics.last();
  }

  void look(Severity severity, boolean areResolved) {
    if (metrics != null) {
      metrics.look(severity, areResolved);
    }
  }

  /** Whether they are looked at again and again while people think. */
  boolean areWatched() {
    return metrics != null && watches;
  }

  /** Whether the symptom was there, and is no longer. */
  boolean haveGone() {
    return areWatched() && metrics.hasGone();
  }

  /** What the metrics say at this very moment; empty where there are none. */
  Optional<Symptoms> lookNow() {
    return Optional.ofNullable(metrics).map(AskedMetrics::lookNow);
  }

  /** Looks whether a critical alert is denied; raises the doubt, or lays it again. */
  void weighCritical(boolean areResolved) {
    if (metrics == null || isHardlyARelease) {
      return;
    }
    Symptoms seen = metrics.look(Severity.CRITICAL, areResolved);
    boolean isEnough =
        seen.shown() == Shown.SHOWN || seen.shown() == Shown.UNKNOWN && !policy.needsEvidence();
    if (isEnough) {
      words = null;
      since = null;
    } else {
      raise("the metrics say " + seen.describe());
    }
  }

  /** Whether the end of what fired is borne out, where there are metrics to do so. */
  boolean believeTheEnd(Severity severity) {
    if (metrics == null) {
      return true;
    }
    Symptoms seen = metrics.look(severity, true);
    if (!seen.allowAnEnd()) {
      String traffic = seen.traffic() == Shown.SHOWN ? "" : " (nobody is seen to use the service)";
      notes.accept(
          "resolved, which the metrics do not bear out" + traffic + ": " + seen.describe());
    }
    return seen.allowAnEnd();
  }

  /**
   * Why the fault is hardly the newest release's; empty when it may be.
   *
   * @param fires since when, the newest of it
   */
  Optional<String> ofRelease(PinnedService service, Optional<Instant> fires) {
    Optional<String> old =
        ReleaseAge.doubt(service, policy.releaseWithin(), Journal.now())
            .or(
                () ->
                    fires
                        .filter(since -> watches)
                        .flatMap(since -> ReleaseAge.doubtOf(since, service)));
    if (old.isPresent() || metrics == null) {
      return old;
    }
    return Optional.of(metrics.compareVersions(service))
        .filter(versions -> versions.shown() == Shown.NOT_SHOWN)
        .map(Symptoms::why);
  }

  /** No metric lays this one. */
  void raiseOfRelease(String why) {
    isHardlyARelease = true;
    raise(why);
  }

  private void raise(String why) {
    if (!why.equals(words)) {
      notes.accept("people decide: " + why);
    }
    since = since == null ? Journal.now() : since;
    words = why;
  }

  /** When metrics may change the decision before its time; empty when they cannot. */
  Optional<Instant> looksAgain(Severity asked, boolean areResolved, Instant until) {
    boolean mayChange = areResolved || (asked == Severity.CRITICAL ? !isHardlyARelease : watches);
    return Optional.ofNullable(metrics)
        .filter(some -> mayChange)
        .map(AskedMetrics::again)
        .filter(again -> again.isBefore(until));
  }

  /** What a question adds to the alert's own words. */
  String describe() {
    if (words != null) {
      return ". Not at once, since " + words;
    }
    return seen() == null ? "" : ". The metrics say " + seen().describe();
  }
}
