package dev.rollbook.serve;

import dev.rollbook.Run;
import dev.rollbook.Verdict;
import dev.rollbook.decision.QuestionId;
import dev.rollbook.escalation.AckLinks;
import dev.rollbook.escalation.LinkToken.Claim;
import java.util.List;
import java.util.Optional;

/** {@code /decide}: allows the rollback that a run asks about, or forbids it. */
final class DecideForm extends LinkForm {

  private static final List<String> DEEDS = List.of(AckLinks.APPROVE, AckLinks.REJECT);

  private final Questions questions;

  DecideForm(AckLinks links, Questions questions) {
    super("/decide", links.tokens());
    this.questions = questions;
  }

  @Override
  Reply look(Claim claim, Form form) {
    return on(
        claim,
        (question, run) ->
            question.isAskedBy(run)
                ? DecidePage.form(claim, run, form.token())
                : DecidePage.result(run));
  }

  @Override
  Reply answer(Claim claim, Form form) throws Refused {
    return on(
        claim,
        (question, run) -> {
          if (question.isAskedBy(run)) {
            questions.decide(
                claim.workflow(), question, claim.action(), verdict(claim, form.note()));
          }
          return DecidePage.result(questions.run(claim.workflow(), question).orElse(run));
        });
  }

  private static Verdict verdict(Claim claim, String note) {
    return new Verdict(
        claim.recipient(), (note == null ? "no reason given" : note) + " (by the link sent there)");
  }

  private interface Deed<E extends Exception> {
    Reply on(QuestionId question, Run run) throws E;
  }

  private <E extends Exception> Reply on(Claim claim, Deed<E> deed) throws E {
    Optional<QuestionId> question =
        DEEDS.contains(claim.action()) ? QuestionId.of(claim.incident()) : Optional.empty();
    if (question.isEmpty()) {
      return Page.refused(403, "this link is for something else");
    }
    Optional<Run> run = questions.run(claim.workflow(), question.get());
    return run.isEmpty()
        ? Page.refused(410, "the run is over, and forgotten: nothing is asked any more")
        : deed.on(question.get(), run.get());
  }
}
