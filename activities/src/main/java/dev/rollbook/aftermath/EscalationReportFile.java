package dev.rollbook.aftermath;

import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.EscalationReport;
import dev.rollbook.escalation.Incident;
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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The block of calls in the reports that {@link IncidentReportFile} has written: a table for each
 * time that people were called for the run.
 */
public final class EscalationReportFile implements EscalationReport {

  private static final Duration DAY = Duration.ofDays(1);
  private static final String BLOCK = "escalation";
  private static final String HEAD = "Called from ";
  private static final Pattern HEADS = Pattern.compile("(?m)^(?=" + HEAD + ")");

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
    List<String> files = new ArrayList<>();
    try {
      for (String run : incidents.stream().map(Incident::runOf).distinct().sorted().toList()) {
        for (Path root : roots) {
          write(root, "run_id: " + markdown.yaml(run), escalation)
              .ifPresent(file -> files.add(file.toString()));
        }
      }
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
    return new Reported(files, attempt.getAsInt());
  }

  /** A run begins before people are called for it, at most some hours; another one joins later. */
  private Optional<Path> write(Path root, String runIdLine, Escalation escalation)
      throws IOException {
    Instant last = escalation.endedAt() == null ? escalation.startedAt() : escalation.endedAt();
    for (Instant day = escalation.startedAt().minus(DAY);
        !day.isAfter(last.plus(DAY));
        day = day.plus(DAY)) {
      ReportFiles files = new ReportFiles(root, day);
      Optional<Path> report = files.find(runIdLine);
      if (report.isPresent()) {
        String old = Files.readString(report.get());
        String merged =
            GeneratedBlocks.merge(old, "\n" + GeneratedBlocks.block(BLOCK, calls(old, escalation)));
        if (!merged.equals(old)) {
          files.replace(report.get(), merged);
        }
        return report;
      }
    }
    return Optional.empty();
  }

  /** In order, beside those of escalations that were over when this one began. */
  private String calls(String report, Escalation escalation) {
    String head = HEAD + IncidentReportText.time(escalation.startedAt()) + ":\n\n";
    String calls = head + new EscalationTable(markdown, escalation).text();
    Stream<String> others =
        HEADS
            .splitAsStream(GeneratedBlocks.content(report, BLOCK))
            .filter(part -> part.startsWith(HEAD) && !part.startsWith(head))
            .map(String::stripTrailing);
    return Stream.concat(others, Stream.of(calls.stripTrailing()))
        .sorted()
        .collect(Collectors.joining("\n\n", "", "\n"));
  }
}
