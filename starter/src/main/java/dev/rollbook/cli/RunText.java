package dev.rollbook.cli;

import dev.rollbook.Elapsed;
import dev.rollbook.Finding;
import dev.rollbook.Outcome;
import dev.rollbook.PlainText;
import dev.rollbook.Plan;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.decision.Decision;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A run in words for a terminal. */
final class RunText {

  private final Terminal terminal;

  RunText(Terminal terminal) {
    this.terminal = terminal;
  }

  /** One line: mark, id, title, duration, summary. */
  String step(Step step) {
    String summary =
        step.summary() == null ? "" : plain(step.summary()).lines().findFirst().orElse("");
    String tried = step.attempts() > 1 ? " (attempt " + step.attempts() + ")" : "";
    return "%s %-3s %-34s %8s  %s%s"
        .formatted(mark(step), step.id(), plain(step.title()), took(step), summary, tried)
        .stripTrailing();
  }

  /** What the run asks, and what to type; empty when it asks nothing. */
  String question(Run run) {
    if (run.asks() == null) {
      return "";
    }
    String question =
        "? %-3s %s (until %s; silence is %s)"
            .formatted(
                run.asks().step(),
                plain(run.asks().text()),
                run.asks().until().truncatedTo(ChronoUnit.SECONDS),
                run.asks().otherwise() == null ? "no" : "'" + run.asks().otherwise() + "'");
    String answer =
        "\n      rollbook %%s %s -e %s --reason \"…\"".formatted(run.service(), run.environment());
    return terminal.yellow(question) + answer.formatted("approve") + answer.formatted("reject");
  }

  /** How an alert's run came to its decision, or comes to it; empty without one. */
  String decision(Run run) {
    if (run.decision() == null) {
      return "";
    }
    Decision decision = run.decision();
    StringBuilder text = new StringBuilder("Decision: ").append(decision.rule());
    if (decision.decided() != null) {
      text.append("\n  ").append(plain(decision.decided().describe())).append(" (");
      text.append(decision.decided().at().truncatedTo(ChronoUnit.SECONDS)).append(")");
    }
    if (decision.symptoms() != null) {
      text.append("\n  metrics ").append(plain(decision.symptoms().describe()));
    }
    decision.alerts().forEach(alert -> text.append("\n  ").append(plain(alert.describe())));
    int more = decision.alertsInAll() - decision.alerts().size();
    if (more > 0) {
      text.append("\n  and ").append(more).append(" more");
    }
    decision.notes().forEach(note -> text.append("\n  then ").append(plain(note)));
    return text.toString();
  }

  String findings(List<Finding> findings) {
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      if (finding.level() != Finding.Level.OK) {
        text.append("      ").append(finding(finding)).append("\n");
      }
    }
    return text.toString().stripTrailing();
  }

  String plan(Run run) {
    StringBuilder text = new StringBuilder();
    run.findings().forEach(f -> text.append("  ").append(finding(f)).append("\n"));
    if (run.target() == null) {
      return text.append("No plan: no target.").toString();
    }
    text.append("From ").append(plain(run.from().describe())).append(" to ");
    text.append(terminal.bold(plain(run.target().describe()))).append(" ");
    text.append(run.target().id()).append("\n");
    for (Plan.PlannedStep step : run.plan().steps()) {
      text.append("  ").append(step.id()).append("  ").append(plain(step.title())).append("\n");
    }
    return text.toString().stripTrailing();
  }

  String result(Run run) {
    StringBuilder text = new StringBuilder();
    text.append(outcome(run)).append(" ").append(run.service()).append(" in ");
    text.append(run.environment());
    if (run.target() != null) {
      text.append(": ").append(plain(run.from().describe())).append(" -> ");
      text.append(plain(run.target().describe()));
    }
    if (run.endedAt() != null) {
      text.append(", ").append(Elapsed.describe(between(run.startedAt(), run.endedAt())));
    }
    if (run.reason() != null) {
      text.append("\n").append(plain(run.reason()));
    }
    if (run.report() != null) {
      text.append("\nIncident report: ").append(run.report());
    }
    return text.toString();
  }

  private String outcome(Run run) {
    Outcome outcome = run.outcome();
    if (outcome == null) {
      return outcomeless(run);
    }
    return switch (outcome) {
      case ROLLED_BACK, ALREADY_THERE, NOT_NEEDED -> terminal.green(outcome.name());
      case BLOCKED -> terminal.yellow(outcome.name());
      case STOPPED -> terminal.red(outcome.name());
    };
  }

  private String outcomeless(Run run) {
    if (run.endedAt() == null) {
      return terminal.yellow("UNDER WAY");
    }
    return run.endedAsPlan() ? terminal.bold("PLAN") : terminal.red("FAILED");
  }

  private String finding(Finding finding) {
    String text = finding.level() + " " + finding.check() + ": " + plain(finding.message());
    return switch (finding.level()) {
      case OK -> text;
      case WARNING -> terminal.yellow(text);
      case BLOCKER -> terminal.red(text);
    };
  }

  private String mark(Step step) {
    return switch (step.status()) {
      case RUNNING -> "…";
      case DONE -> terminal.green("✔");
      case SKIPPED -> terminal.green("=");
      case FAILED -> terminal.red("✘");
      case STOPPED -> terminal.red("■");
    };
  }

  private static String took(Step step) {
    return step.endedAt() == null
        ? ""
        : Elapsed.describe(between(step.startedAt(), step.endedAt()));
  }

  private static Duration between(Instant from, Instant to) {
    return Duration.between(from, to);
  }

  /** Words from outside must not steer the terminal. */
  private static String plain(String text) {
    return PlainText.of(text);
  }
}
