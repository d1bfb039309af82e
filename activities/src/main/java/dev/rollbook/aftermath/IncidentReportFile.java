package dev.rollbook.aftermath;

import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntSupplier;

/** Incident reports as Markdown files, kept elsewhere when their directory cannot be written. */
public final class IncidentReportFile implements IncidentReport {

  private final Path reports;
  private final Path fallback;
  private final Markdown markdown;
  private final IntSupplier attempt;

  public IncidentReportFile(Path reports, Path fallback, Redaction redaction) {
    this(reports, fallback, redaction, Heartbeat::attempt);
  }

  public IncidentReportFile(Path reports, Path fallback, Redaction redaction, IntSupplier attempt) {
    this.reports = reports;
    this.fallback = fallback;
    this.markdown = new Markdown(redaction);
    this.attempt = attempt;
  }

  @Override
  public Written write(RollbackRequest request, Run run, String executionId) {
    IncidentReportText text = new IncidentReportText(markdown, request, run, executionId);
    try {
      return written(write(reports, text, ""));
    } catch (IOException first) {
      try {
        return written(write(fallback, text, text.misplaced(reports, first)));
      } catch (IOException second) {
        second.addSuppressed(first);
        throw ApplicationFailure.newFailureWithCause(
            "The incident report of "
                + run.runId()
                + " could be written neither to "
                + reports
                + " ("
                + first
                + ") nor to "
                + fallback
                + " ("
                + second
                + "); make room or mend the permissions: it is tried again",
            "ReportNotWritten",
            second);
      }
    }
  }

  private Path write(Path root, IncidentReportText text, String notice) throws IOException {
    ReportFiles files = new ReportFiles(root, text.started());
    Optional<Path> own = files.find(text.runIdLine());
    if (own.isEmpty()) {
      return root.equals(fallback)
          ? files.create(text.runIdLine(), text.slug(), id -> text.of(id, notice))
          : createOrBringHome(files, text);
    }
    Path report = own.get();
    String old = Files.readString(report);
    String merged = GeneratedBlocks.merge(old, text.of(ReportFiles.id(report), notice));
    if (!merged.equals(old)) {
      files.replace(report, merged);
    }
    return report;
  }

  /** A report that had to be kept elsewhere earlier moves, with what people wrote into it. */
  private Path createOrBringHome(ReportFiles files, IncidentReportText text) throws IOException {
    Optional<Path> kept = new ReportFiles(fallback, text.started()).find(text.runIdLine());
    if (kept.isEmpty()) {
      return files.create(text.runIdLine(), text.slug(), id -> text.of(id, ""));
    }
    String old = Files.readString(kept.get());
    Path report =
        files.create(
            text.runIdLine(), text.slug(), id -> GeneratedBlocks.merge(old, text.of(id, "")));
    Files.delete(kept.get());
    return report;
  }

  private Written written(Path report) {
    return new Written(report.toString(), attempt.getAsInt());
  }
}
