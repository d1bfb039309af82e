package dev.rollbook.cli;

import dev.rollbook.Elapsed;
import dev.rollbook.PlainText;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Escalation.Called;
import dev.rollbook.escalation.Incident;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** An escalation in words for a terminal: who was called when over what, and who answered. */
final class EscalationText {

  /** The first call of a level and its newest ones. */
  private static final int SHOWN = 4;

  private final Terminal terminal;

  EscalationText(Terminal terminal) {
    this.terminal = terminal;
  }

  String of(Escalation escalation) {
    List<String> lines = new ArrayList<>();
    lines.add(heading(escalation));
    for (Called level : escalation.levels()) {
      lines.add("  " + level(level));
      shown(level.calls()).forEach(call -> lines.add("      " + call(call)));
    }
    escalation.notes().forEach(note -> lines.add("  - " + plain(note)));
    lines.add("  " + next(escalation));
    return lines.stream().filter(line -> !line.isBlank()).collect(Collectors.joining("\n"));
  }

  private String heading(Escalation escalation) {
    Incident incident = escalation.incident();
    return state(escalation)
        + (incident == null ? "" : " " + plain(incident.title()))
        + ", since "
        + at(escalation.startedAt());
  }

  private String state(Escalation escalation) {
    if (escalation.closed() != null) {
      return terminal.green("INCIDENT CLOSED");
    }
    if (escalation.endedAt() != null) {
      return terminal.bold("CALLS ENDED");
    }
    return escalation.levels().stream().anyMatch(level -> level.answer() != null)
        ? terminal.yellow("ANSWERED")
        : terminal.red("CALLING PEOPLE");
  }

  private String level(Called level) {
    List<String> words = new ArrayList<>();
    words.add(answer(level));
    words.add(
        level.reachedNobody()
            ? terminal.red("not told (all channels broken)")
            : deadline("told", level.toldLate()));
    words.add(deadline("answered", level.answeredLate()));
    words.add(level.inAll() > SHOWN ? level.inAll() + " calls" : "");
    return plain(level.title())
        + " ("
        + level.level()
        + "): "
        + words.stream().filter(word -> !word.isEmpty()).collect(Collectors.joining("; "));
  }

  private String answer(Called level) {
    Answer answer = level.answer();
    if (answer == null) {
      return level.calls().isEmpty() ? "not called" : terminal.yellow("nobody has answered");
    }
    return "%s answered at %s%s%s"
        .formatted(
            plain(answer.by()),
            at(answer.at()),
            answer.via() == null ? "" : " by " + plain(answer.via()),
            answer.note() == null ? "" : ": " + plain(answer.note()));
  }

  /** Met, or missed by how much. */
  private String deadline(String what, Long late) {
    if (late == null) {
      return "";
    }
    String by = Elapsed.describe(Duration.ofSeconds(Math.abs(late)));
    return late > 0
        ? terminal.red(what + " " + by + " too late")
        : what + " in time, " + by + " to spare";
  }

  private String call(Call call) {
    return "%s %s over %s to %s%s"
        .formatted(
            call.trouble() == null ? terminal.green("✔") : terminal.red("✘"),
            at(call.at()),
            plain(call.channel()),
            plain(call.recipient()),
            call.trouble() == null ? "" : ": not sent: " + plain(call.trouble()));
  }

  private static List<Call> shown(List<Call> calls) {
    if (calls.size() <= SHOWN) {
      return calls;
    }
    List<Call> shown = new ArrayList<>(List.of(calls.get(0)));
    shown.addAll(calls.subList(calls.size() - SHOWN + 1, calls.size()));
    return shown;
  }

  private String next(Escalation escalation) {
    if (escalation.closed() != null) {
      return "closed by %s at %s: %s"
          .formatted(
              plain(escalation.closed().by()),
              at(escalation.closed().at()),
              plain(escalation.closed().why()));
    }
    if (escalation.endedAt() != null) {
      return "ended at " + at(escalation.endedAt());
    }
    if (escalation.incident() == null) {
      return "";
    }
    String where = escalation.incident().service() + " -e " + escalation.incident().environment();
    return escalation.nextCallAt() == null
        ? "no further call; when it is over: rollbook close " + where + " --reason \"…\""
        : terminal.bold("next call at " + at(escalation.nextCallAt()))
            + "; to answer: rollbook ack "
            + where;
  }

  private static Instant at(Instant moment) {
    return moment.truncatedTo(ChronoUnit.SECONDS);
  }

  /** One line; words from outside must not steer the terminal. */
  private static String plain(String text) {
    return PlainText.of(text).replaceAll("\\R", " ");
  }
}
