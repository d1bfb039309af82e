package dev.rollbook.aftermath;

import dev.rollbook.Elapsed;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Called;
import java.time.Duration;

/** Who was called, who answered, and each deadline met or missed by how much. */
final class EscalationTable {

  private final Markdown markdown;
  private final Escalation escalation;

  EscalationTable(Markdown markdown, Escalation escalation) {
    this.markdown = markdown;
    this.escalation = escalation;
  }

  String text() {
    StringBuilder text =
        new StringBuilder("| Level | Calls | Told | Answered | By |\n|---|---|---|---|---|\n");
    escalation.levels().forEach(level -> text.append(row(level)));
    text.append("\n");
    escalation.notes().forEach(note -> text.append("- ").append(markdown.line(note)).append("\n"));
    if (escalation.closed() != null) {
      Escalation.Closed closed = escalation.closed();
      text.append(
          "- closed by %s at %s: %s%n"
              .formatted(
                  markdown.line(closed.by()),
                  IncidentReportText.time(closed.at()),
                  markdown.line(closed.why())));
    }
    return text.toString();
  }

  private String row(Called level) {
    Answer answer = level.answer();
    return "| %s | %d | %s | %s | %s |%n"
        .formatted(
            markdown.line(level.title()),
            level.inAll(),
            told(level),
            answer == null ? "nobody has answered" : deadline(level.answeredLate()),
            answer == null
                ? ""
                : markdown.line(answer.by()) + ", " + IncidentReportText.time(answer.at()));
  }

  private static String told(Called level) {
    if (level.calls().isEmpty()) {
      return "not called";
    }
    return level.reachedNobody() ? "not told (all channels broken)" : deadline(level.toldLate());
  }

  private static String deadline(Long late) {
    if (late == null) {
      return "";
    }
    String by = Elapsed.describe(Duration.ofSeconds(Math.abs(late)));
    return late > 0 ? "missed by " + by : "met, " + by + " to spare";
  }
}
