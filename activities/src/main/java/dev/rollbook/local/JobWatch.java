package dev.rollbook.local;

import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** Watches a detached job, and says how far it is with every heartbeat. */
final class JobWatch {

  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final int SHOWN = 120;
  private static final Pattern NEVER = Pattern.compile("(?!)");

  private final DetachedJob job;
  private final String doing;
  private final Redaction redaction;
  private final Heartbeat heartbeat;
  private final LogLines log;

  JobWatch(DetachedJob job, String doing, Redaction redaction, Heartbeat heartbeat) {
    this.job = job;
    this.doing = doing;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
    this.log = new LogLines(job.output());
  }

  /**
   * @return false when the time since the job's start is over and it still runs
   */
  boolean ends(Duration within) throws IOException {
    Instant deadline = job.startedAt().plus(within);
    while (job.state() == DetachedJob.State.RUNNING) {
      if (Instant.now().isAfter(deadline)) {
        return false;
      }
      log.find(NEVER);
      beat();
      Pause.of(LOOK_EVERY);
    }
    return true;
  }

  /**
   * @return empty when the job ended, or the time since its start is over, before the line came
   */
  Optional<String> prints(Pattern line, Duration within) throws IOException {
    Instant deadline = job.startedAt().plus(within);
    while (true) {
      DetachedJob.State state = job.state();
      Optional<String> found = log.find(line);
      if (found.isPresent()) {
        return found;
      }
      if (state != DetachedJob.State.RUNNING || Instant.now().isAfter(deadline)) {
        return Optional.empty();
      }
      beat();
      Pause.of(LOOK_EVERY);
    }
  }

  private void beat() throws IOException {
    long seconds = Duration.between(job.startedAt(), Instant.now()).toSeconds();
    // cleaned before it is cut: half a secret is not recognised
    String last = redaction.clean(Evidence.plain(log.lastLine())).strip();
    String shown = last.length() <= SHOWN ? last : last.substring(0, SHOWN) + "…";
    heartbeat.beat(doing + " for " + seconds + " s" + (shown.isEmpty() ? "" : ": " + shown));
  }
}
