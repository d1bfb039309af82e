package dev.rollbook.aftermath;

import dev.rollbook.Elapsed;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.decision.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** One row for each beginning and each end, in the order of time. */
final class ReportTimeline {

  private record Row(Instant at, String event, String status, String duration, String summary) {}

  private final Markdown markdown;
  private final List<Row> rows = new ArrayList<>();

  ReportTimeline(Markdown markdown, Run run) {
    this.markdown = markdown;
    rows.add(new Row(run.startedAt(), "Run", "started", "", ""));
    run.steps().stream().filter(step -> step.startedAt() != null).forEach(this::add);
    if (run.decision() != null) {
      add(run.decision());
    }
    if (run.endedAt() != null) {
      String outcome = run.outcome() == null ? "plan" : run.outcome().name();
      rows.add(
          new Row(
              run.endedAt(),
              "Run",
              outcome,
              duration(run.startedAt(), run.endedAt()),
              run.reason()));
    }
    // a stable sort: what happened in the same instant stays in the steps' order
    rows.sort(Comparator.comparing(Row::at));
  }

  private void add(Decision decision) {
    decision
        .alerts()
        .forEach(alert -> rows.add(new Row(alert.receivedAt(), "Alert", "", "", alert.describe())));
    if (decision.decided() != null) {
      Decision.Decided decided = decision.decided();
      rows.add(new Row(decided.at(), "Decision", "", "", decided.describe()));
    }
  }

  private void add(Step step) {
    String event = step.id() + " " + step.title();
    rows.add(new Row(step.startedAt(), event, "started", "", ""));
    if (step.endedAt() != null) {
      String status = step.status().name().toLowerCase(Locale.ROOT);
      rows.add(
          new Row(
              step.endedAt(),
              event,
              step.attempts() > 1 ? status + " (attempt " + step.attempts() + ")" : status,
              duration(step.startedAt(), step.endedAt()),
              step.summary()));
    }
  }

  String table() {
    return "| Time (UTC) | Event | Status | Duration | Summary |\n|---|---|---|---|---|\n"
        + rows.stream().map(this::row).collect(Collectors.joining());
  }

  private String row(Row row) {
    return "| "
        + IncidentReportText.time(row.at())
        + " | "
        + markdown.line(row.event())
        + " | "
        + markdown.line(row.status())
        + " | "
        + row.duration()
        + " | "
        + markdown.line(row.summary())
        + " |\n";
  }

  private static String duration(Instant from, Instant to) {
    return Elapsed.describe(Duration.between(from, to));
  }
}
