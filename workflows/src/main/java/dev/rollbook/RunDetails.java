package dev.rollbook;

import dev.rollbook.decision.Decision;
import java.time.Duration;
import java.util.regex.Pattern;

/** A run in Markdown, for the "current details" of Temporal UI. */
public final class RunDetails {

  private static final Pattern MARKED = Pattern.compile("[\\\\|<>`*_\\[\\]]");
  private static final Pattern LINE_BREAK = Pattern.compile("\\R");

  private RunDetails() {}

  static String of(Run run) {
    StringBuilder text = new StringBuilder();
    text.append("## ").append(heading(run)).append("\n\n");
    if (run.target() != null) {
      text.append("From **").append(escaped(run.from().describe())).append("** to **");
      text.append(escaped(run.target().describe())).append("**\n\n");
    }
    if (run.reason() != null) {
      text.append(escaped(run.reason())).append("\n\n");
    }
    if (run.asks() != null) {
      text.append("**Asks: ").append(escaped(run.asks().text())).append("** (update approve or ");
      text.append("reject, until ").append(run.asks().until());
      text.append(run.asks().otherwise() == null ? "" : ", else " + run.asks().otherwise());
      text.append(")\n\n");
    }
    if (run.decision() != null) {
      text.append(of(run.decision()));
    }
    run.findings().stream()
        .filter(finding -> finding.level() != Finding.Level.OK)
        .forEach(
            finding ->
                text.append("- ")
                    .append(finding.level())
                    .append(" ")
                    .append(escaped(finding.check() + ": " + finding.message()))
                    .append("\n"));
    text.append("\n| step | | status | took | |\n|---|---|---|---|---|\n");
    run.steps().forEach(step -> text.append(row(step)));
    return text.toString();
  }

  private static String of(Decision decision) {
    StringBuilder text = new StringBuilder("Decision: ").append(decision.rule());
    if (decision.decided() != null) {
      text.append("; ").append(escaped(decision.decided().describe()));
    }
    text.append(" (alerts: ").append(decision.alertsInAll()).append(")\n\n");
    if (decision.symptoms() != null) {
      line("metrics " + decision.symptoms().describe(), text);
    }
    decision.alerts().forEach(alert -> line(alert.describe(), text));
    decision.notes().forEach(note -> line("then " + note, text));
    return text.append("\n").toString();
  }

  private static void line(String words, StringBuilder text) {
    text.append("- ").append(escaped(words)).append("\n");
  }

  private static String heading(Run run) {
    String state = run.outcome() != null ? run.outcome().name() : running(run);
    return escaped(run.service()) + " in " + escaped(run.environment()) + ": " + state;
  }

  private static String running(Run run) {
    if (run.endedAt() != null) {
      return run.endedAsPlan() ? "plan" : "FAILED";
    }
    if (!run.steps().isEmpty()) {
      return "at " + run.steps().get(run.steps().size() - 1).id();
    }
    return run.section() == null ? "starting" : "Section " + run.section() + " is under way";
  }

  private static String row(Step step) {
    String took =
        step.endedAt() == null
            ? ""
            : Duration.between(step.startedAt(), step.endedAt()).toMillis() / 1000.0 + " s";
    String summary = step.summary() == null ? "" : step.summary().lines().findFirst().orElse("");
    return "| "
        + String.join(
            " | ", step.id(), escaped(step.title()), step.status().name(), took, escaped(summary))
        + " |\n";
  }

  /** One line that nothing in it can break out of. */
  public static String escaped(String text) {
    return LINE_BREAK.matcher(MARKED.matcher(text).replaceAll("\\\\$0")).replaceAll(" ");
  }
}
