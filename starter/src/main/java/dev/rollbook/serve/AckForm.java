package dev.rollbook.serve;

import dev.rollbook.escalation.AckLinks;
import dev.rollbook.escalation.Acknowledgement;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Answer;
import dev.rollbook.escalation.LinkToken.Claim;
import java.util.Optional;

/** {@code /ack}: answers a call. */
final class AckForm extends LinkForm {

  private final Calls calls;

  AckForm(AckLinks links, Calls calls) {
    super("/ack", links.tokens());
    this.calls = calls;
  }

  @Override
  Reply look(Claim claim, Form form) {
    return on(
        claim,
        escalation ->
            isAnswered(claim, escalation)
                ? AckPage.result(claim, escalation, answer(claim, escalation))
                : AckPage.form(claim, escalation, form.token()));
  }

  @Override
  Reply answer(Claim claim, Form form) throws Refused {
    return on(
        claim,
        escalation -> {
          if (!isAnswered(claim, escalation)) {
            calls.acknowledge(
                claim.workflow(),
                new Acknowledgement(claim.recipient(), claim.level(), "link", form.note()));
          }
          Escalation now = calls.find(claim.workflow()).orElse(escalation);
          return AckPage.result(claim, now, answer(claim, now));
        });
  }

  private interface Deed<E extends Exception> {
    Reply on(Escalation escalation) throws E;
  }

  private <E extends Exception> Reply on(Claim claim, Deed<E> deed) throws E {
    if (!claim.action().equals(AckLinks.ACK)) {
      return Page.refused(403, "this link is for something else");
    }
    Optional<Escalation> escalation = calls.find(claim.workflow());
    if (escalation.isEmpty()) {
      return Page.refused(410, "the incident is over: nobody is called any more");
    }
    return claim.allows(AckLinks.ACK, escalation.get().incident().id())
        ? deed.on(escalation.get())
        : Page.refused(403, "this link is for another incident, which is over");
  }

  private static boolean isAnswered(Claim claim, Escalation escalation) {
    return escalation.endedAt() != null || answer(claim, escalation).isPresent();
  }

  private static Optional<Answer> answer(Claim claim, Escalation escalation) {
    return escalation.levels().stream()
        .filter(level -> level.level().equals(claim.level()))
        .flatMap(level -> Optional.ofNullable(level.answer()).stream())
        .findFirst();
  }
}
