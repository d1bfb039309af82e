package dev.rollbook.serve;

import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.LinkToken.Claim;
import java.util.Optional;

/** The page behind the link in a call. */
final class AckPage {

  private AckPage() {}

  static Reply form(Claim claim, Escalation escalation, String token) {
    return Page.of(
        200,
        what(escalation)
            + """
              <p>You are called as %s (%s). Nobody has answered so far.</p>
              <form method="post" action="ack">
              <input type="hidden" name="token" value="%s">
              <p><label>What to say, if anything: <input name="note" maxlength="500"></label></p>
              <p><button type="submit">I am at it</button></p>
              </form>
              """
                .formatted(
                    Page.text(claim.recipient()), Page.text(claim.level()), Page.text(token)));
  }

  /** Who has it, or that it is over. */
  static Reply result(Claim claim, Escalation escalation, Optional<Answer> answer) {
    String who =
        answer
            .map(
                first ->
                    "<p><strong>%s has it</strong> (%s), since %s%s.</p>%n"
                        .formatted(
                            Page.text(first.by()),
                            Page.text(claim.level()),
                            Page.time(first.at()),
                            first.note() == null ? "" : ": " + Page.text(first.note())))
            .orElse("");
    return Page.of(200, what(escalation) + who + over(escalation));
  }

  private static String over(Escalation escalation) {
    if (escalation.closed() != null) {
      return "<p>The incident is over: closed by %s at %s: %s.</p>%n"
          .formatted(
              Page.text(escalation.closed().by()),
              Page.time(escalation.closed().at()),
              Page.text(escalation.closed().why()));
    }
    return escalation.endedAt() == null
        ? ""
        : "<p>Nobody has been called any more since %s.</p>%n"
            .formatted(Page.time(escalation.endedAt()));
  }

  private static String what(Escalation escalation) {
    return "<h1>"
        + Page.text(escalation.incident().title())
        + "</h1>\n<p>Since "
        + Page.time(escalation.startedAt())
        + ".</p>\n";
  }
}
