package dev.rollbook.serve;

import dev.rollbook.Run;
import dev.rollbook.decision.Decision;
import dev.rollbook.escalation.AckLinks;
import dev.rollbook.escalation.LinkToken.Claim;

/** The page behind the links in a question. */
final class DecidePage {

  private DecidePage() {}

  static Reply form(Claim claim, Run run, String token) {
    return Page.of(
        200,
        """
        <h1>%s</h1>
        <p>%s</p>
        <p>You are asked as %s (%s). Nobody has decided so far; silence until %s is: %s.</p>
        <form method="post" action="decide">
        <input type="hidden" name="token" value="%s">
        <p><label>Why, for the record: <input name="note" maxlength="500"></label></p>
        <p><button type="submit">%s</button></p>
        </form>
        """
            .formatted(
                Page.text(run.asks().text()),
                Page.text(run.decision().rule()),
                Page.text(claim.recipient()),
                Page.text(claim.level()),
                Page.time(run.asks().until()),
                Page.text(run.asks().otherwise()),
                Page.text(token),
                claim.action().equals(AckLinks.APPROVE) ? "Roll back" : "Do not roll back"));
  }

  /** What was decided, by whom; or that it is asked anew. */
  static Reply result(Run run) {
    String title =
        "<h1>%s in %s</h1>%n".formatted(Page.text(run.service()), Page.text(run.environment()));
    Decision.Decided decided = run.decision() == null ? null : run.decision().decided();
    if (decided != null) {
      return Page.of(
          200,
          title
              + "<p><strong>%s</strong>, since %s.</p>%n"
                  .formatted(Page.text(decided.describe()), Page.time(decided.at())));
    }
    return Page.of(
        409,
        title
            + (run.asks() == null
                ? "<p>Nothing is asked any more.</p>\n"
                : "<p>Things have changed, and it is asked anew: take the links of the newest message.</p>\n"));
  }
}
