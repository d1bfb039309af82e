package dev.rollbook.escalation;

import static dev.rollbook.RunDetails.escaped;

import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import java.util.List;

/** An escalation in Markdown, for the "current details" of Temporal UI. */
final class EscalationDetails {

  private static final int SHOWN = 8;

  private EscalationDetails() {}

  static String of(Escalation escalation) {
    StringBuilder text = new StringBuilder();
    Incident incident = escalation.incident();
    text.append("## ").append(escaped(incident.service())).append(" in ");
    text.append(escaped(incident.environment())).append(": ").append(state(escalation));
    text.append("\n\n**").append(escaped(incident.title())).append("**");
    if (incident.why() != null) {
      text.append(" ").append(escaped(incident.why()));
    }
    text.append("\n\n| level | answered | last call | calls |\n|---|---|---|---|\n");
    escalation.levels().forEach(level -> text.append(row(level)));
    text.append("\n| called at | level | over | whom | |\n|---|---|---|---|---|\n");
    escalation.levels().forEach(level -> text.append(calls(level)));
    text.append("\n");
    last(escalation.notes()).forEach(note -> text.append("- ").append(escaped(note)).append("\n"));
    return text.toString();
  }

  private static String state(Escalation escalation) {
    if (escalation.closed() != null) {
      Escalation.Closed closed = escalation.closed();
      return escaped("closed by " + closed.by() + " at " + closed.at() + ": " + closed.why());
    }
    return escalation.nextCallAt() == null
        ? "nobody is to be called any more"
        : "next call at " + escalation.nextCallAt();
  }

  private static String row(Called level) {
    List<Call> calls = level.calls();
    return "| %s | %s | %s | %d |%n"
        .formatted(
            escaped(level.title()),
            answer(level.answer()),
            calls.isEmpty() ? "" : calls.get(calls.size() - 1).at(),
            level.inAll());
  }

  private static String answer(Answer answer) {
    return answer == null ? "nobody yet" : escaped(answer.by()) + " at " + answer.at();
  }

  private static String calls(Called level) {
    StringBuilder rows = new StringBuilder();
    for (Call call : last(level.calls())) {
      rows.append(
          "| %s | %s | %s | %s | %s |%n"
              .formatted(
                  call.at(),
                  escaped(level.title()),
                  escaped(call.channel()),
                  escaped(call.recipient()),
                  call.trouble() == null ? "" : "not sent: " + escaped(call.trouble())));
    }
    return rows.toString();
  }

  private static <T> List<T> last(List<T> all) {
    return all.subList(Math.max(0, all.size() - SHOWN), all.size());
  }
}
