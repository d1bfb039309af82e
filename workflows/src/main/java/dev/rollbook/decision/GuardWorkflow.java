package dev.rollbook.decision;

import dev.rollbook.Journal;
import dev.rollbook.Requests;
import dev.rollbook.decision.Memory.Rolled;
import io.temporal.workflow.Workflow;
import java.util.Set;

/** One question after the other: what is permitted counts for the next one. */
public final class GuardWorkflow implements Guard {

  private static final long LONG_HISTORY = 2_000;

  private Memory memory;

  @Override
  public void guard(Memory soFar) {
    memory = soFar == null ? Memory.EMPTY : soFar;
    Workflow.await(
        () ->
            Workflow.getInfo().getHistoryLength() > LONG_HISTORY
                || Workflow.getInfo().isContinueAsNewSuggested());
    Workflow.await(Workflow::isEveryHandlerFinished);
    Workflow.continueAsNew(memory.at(Journal.now()));
  }

  @Override
  public Memory status() {
    return memory;
  }

  @Override
  public Permission mayRollBack(Asked asked) {
    begun();
    if (memory.rolled().stream().anyMatch(each -> each.run().equals(asked.run()))) {
      return Permission.GIVEN;
    }
    Permission permission =
        new Refusals(memory, asked.limits(), Journal.now()).of(asked).orElse(Permission.GIVEN);
    if (permission.given() && asked.from() != null) {
      memory =
          memory
              .with(asked, Journal.now())
              .with(
                  new Rolled(
                      asked.run(),
                      asked.service(),
                      asked.environment(),
                      asked.from(),
                      Journal.now(),
                      false));
    }
    return permission;
  }

  @Override
  public void rolledBackByHand(Rolled one) {
    begun();
    if (memory.rolled().stream().noneMatch(each -> each.run().equals(one.run()))) {
      memory = memory.with(one.at(Journal.now())).at(Journal.now());
    }
  }

  @Override
  public void decided(Asked asked) {
    begun();
    memory = memory.with(asked, Journal.now()).at(Journal.now());
  }

  @Override
  public Asked untold(Asked notice) {
    begun();
    Set<String> told = memory.toldBy(run -> !run.equals(notice.run()));
    Asked untold =
        notice.about(notice.alerts().stream().filter(each -> !told.contains(each)).toList());
    memory = memory.with(untold, Journal.now()).at(Journal.now());
    return untold;
  }

  @Override
  public String freeze(Freeze word) {
    begun();
    check(word);
    memory =
        memory
            .withoutFreeze(word.service())
            .with(new Freeze(word.service(), word.by(), word.why(), Journal.now()));
    return "frozen";
  }

  @Override
  public String unfreeze(Freeze word) {
    begun();
    check(word);
    Memory without = memory.withoutFreeze(word.service());
    boolean wasFrozen = without.frozen().size() < memory.frozen().size();
    memory = without;
    return wasFrozen ? "unfrozen" : "it was not frozen";
  }

  private void begun() {
    Workflow.await(() -> memory != null);
  }

  private static void check(Freeze word) {
    if (word == null || Requests.isBlank(word.by()) || Requests.isBlank(word.why())) {
      throw Requests.refused("a freeze says who and why: {\"by\":\"…\",\"why\":\"…\"}");
    }
  }
}
