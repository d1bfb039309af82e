package dev.rollbook.verification;

import dev.rollbook.Elapsed;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The service's health as its own HTTP endpoints tell it. */
public final class HttpHealth implements Health {

  private static final int BODY = 4 * 1024;
  private static final long BEAT_MILLIS = 900;

  private final ServiceChecks.Catalog catalog;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;
  private final IntSupplier attempt;
  private final Supplier<Duration> spent;
  private final HttpProbe probe = new HttpProbe();

  public HttpHealth(ServiceChecks.Catalog catalog, Redaction redaction) {
    this(catalog, redaction, Heartbeat::ofActivity, Heartbeat::attempt, Heartbeat::spent);
  }

  public HttpHealth(
      ServiceChecks.Catalog catalog,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat,
      IntSupplier attempt) {
    this(catalog, redaction, heartbeat, attempt, () -> Duration.ZERO);
  }

  HttpHealth(
      ServiceChecks.Catalog catalog,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat,
      IntSupplier attempt,
      Supplier<Duration> spent) {
    this.catalog = catalog;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
    this.attempt = attempt;
    this.spent = spent;
  }

  /**
   * Asks the health URL once, for evidence and preflight; secrets are removed.
   *
   * @param whileWaiting called at least once a second; what it throws ends the question
   */
  public HealthAnswer probe(HealthCheck check, Runnable whileWaiting) {
    return ask(check, check.answerWithin(), whileWaiting);
  }

  @Override
  public StepReport awaitUp(PinnedService service) {
    HealthCheck check = catalog.find(service.service(), service.environment()).health();
    return awaitUp(service, left(check), heartbeat.get()).report(attempt.getAsInt());
  }

  /** The check as far as earlier attempts of this step, whose worker died, have left time. */
  public HealthCheck left(HealthCheck check) {
    return check.after(spent.get());
  }

  /**
   * On any thread, also beside the activity's.
   *
   * @param beats what it throws ends the wait
   */
  public StepResult awaitUp(PinnedService service, HealthCheck check, Heartbeat beats) {
    UpInARow row = new UpInARow(check.inARow());
    Runnable beat = () -> beats.beat(row.progress());
    long start = System.nanoTime();
    long deadline = start + check.within().toNanos();
    beat.run();
    for (long now = start; !row.isReached(); now = System.nanoTime()) {
      Duration left = Duration.ofNanos(deadline - now);
      if (!row.isEmpty() && (left.isNegative() || left.isZero())) {
        throw notHealthy(service, check, row);
      }
      boolean cutShort = left.compareTo(check.answerWithin()) < 0;
      HealthAnswer answer = ask(check, cutShort ? left : check.answerWithin(), beat);
      // one that the deadline cut short says nothing of the service
      boolean counts = !cutShort || System.nanoTime() < deadline || row.isEmpty();
      if (counts) {
        row.count(answer);
      }
      beat.run();
      if (!row.isReached()) {
        waitUntil(Math.min(now + check.every().toNanos(), deadline), beat);
      }
    }
    return new StepResult(
        true,
        row.farthest().replaceFirst(" of \\d+", "")
            + " after "
            + Elapsed.describe(Duration.ofNanos(System.nanoTime() - start)),
        evidence(check, row));
  }

  @Override
  public StepReport verify(PinnedService service) {
    List<HttpCheck> checks = catalog.find(service.service(), service.environment()).checks();
    if (checks.isEmpty()) {
      return StepReport.alreadyDone(
          "no further checks configured",
          "The catalog has no checks for "
              + service.service()
              + " in "
              + service.environment()
              + "; its health was all that was asked.",
          attempt.getAsInt());
    }
    Heartbeat beats = heartbeat.get();
    List<CheckResult> results =
        checks.stream().map(check -> CheckResult.of(check, probe, redaction, beats)).toList();
    String told = String.join("\n", results.stream().map(CheckResult::describe).toList());
    List<CheckResult> failed = results.stream().filter(result -> !result.passed()).toList();
    if (!failed.isEmpty()) {
      throw Failures.hopeless(
          "CheckFailed",
          redacted(
              service.service()
                  + ": "
                  + failed.size()
                  + " of "
                  + results.size()
                  + " checks failed; the service runs, but does not answer as the catalog expects\n"
                  + told));
    }
    return StepReport.done(
        results.size() == 1 ? "1 check passed" : "all " + results.size() + " checks passed",
        redacted(told),
        attempt.getAsInt());
  }

  private HealthAnswer ask(HealthCheck check, Duration within, Runnable whileWaiting) {
    HealthAnswer answer =
        HealthAnswer.of(
            probe.ask(
                HttpQuestion.get(check.url(), check.headers()).through(check.through()),
                within,
                whileWaiting),
            redaction);
    return new HealthAnswer(
        answer.isUp(),
        redacted(answer.kind()),
        redacted(answer.words()),
        redaction.clean(Evidence.plain(answer.body())),
        answer.databaseDown());
  }

  private ApplicationFailure notHealthy(PinnedService service, HealthCheck check, UpInARow row) {
    return Failures.hopeless(
        row.last().failureType(),
        redacted(
            service.service()
                + ": "
                + row.farthest()
                + " within "
                + Elapsed.describe(check.within())
                + " ("
                + row.questions()
                + (row.questions() == 1 ? " question: " : " questions: ")
                + row.kinds()
                + "); last answer: "
                + row.last().words()
                + "; look at "
                + check.url()
                + " and at the service's log"));
  }

  private String evidence(HealthCheck check, UpInARow row) {
    return redacted("GET " + check.url() + ": " + row.kinds() + "\n")
        + Evidence.beginning(row.last().body(), BODY);
  }

  private String redacted(String text) {
    return Evidence.beginning(redaction.clean(Evidence.plain(text)), Evidence.LIMIT);
  }

  static void waitUntil(long nanos, Runnable beat) {
    try {
      for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
        long millis = Math.min(BEAT_MILLIS, TimeUnit.NANOSECONDS.toMillis(left) + 1);
        Thread.sleep(millis);
        if (millis == BEAT_MILLIS) {
          beat.run();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for the next question", e);
    }
  }
}
