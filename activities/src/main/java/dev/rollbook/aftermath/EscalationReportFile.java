package dev.rollbook.aftermath;

import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.EscalationReport;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;

/** The block of calls in the reports that {@link IncidentReportFile} has written. */
public final class EscalationReportFile implements EscalationReport {

  private static final Duration DAY = Duration.ofDays(1);

  private final List<Path> roots;
  private final Markdown markdown;
  private final IntSupplier attempt;

  public EscalationReportFile(Path reports, Path fallback, Redaction redaction) {
    this(reports, fallback, redaction, Heartbeat::attempt);
  }

  EscalationReportFile(Path reports, Path fallback, Redaction redaction, IntSupplier attempt) {
    this.roots = List.of(reports, fallback);
    this.markdown = new Markdown(redaction);
    this.attempt = attempt;
  }

  @Override
  public Reported report(Set<String> incidents, Escalation escalation) {
    String calls = new EscalationTable(markdown, escalation).text();
    List<String> files = new ArrayList<>();
    try {
      for (String incident : incidents) {
        for (Path root : roots) {
          write(root, "run_id: " + markdown.yaml(incident), escalation, calls)
              .ifPresent(file -> files.add(file.toString()));
        }
      }
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
    return new Reported(files, attempt.getAsInt());
  }

  /** A run begins before people are called for it, at most some hours; another one joins later. */
  private static Optional<Path> write(
      Path root, String runIdLine, Escalation escalation, String calls) throws IOException {
    Instant last = escalation.endedAt() == null ? escalation.startedAt() : escalation.endedAt();
    for (Instant day = escalation.startedAt().minus(DAY);
        !day.isAfter(last.plus(DAY));
        day = day.plus(DAY)) {
      ReportFiles files = new ReportFiles(root, day);
      Optional<Path> report = files.find(runIdLine);
      if (report.isPresent()) {
        String old = Files.readString(report.get());
        String merged =
            GeneratedBlocks.merge(old, "\n" + GeneratedBlocks.block("escalation", calls));
        if (!merged.equals(old)) {
          files.replace(report.get(), merged);
        }
        return report;
      }
    }
    return Optional.empty();
  }
}
