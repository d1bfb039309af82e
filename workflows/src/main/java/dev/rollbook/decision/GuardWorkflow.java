package dev.rollbook.decision;

import dev.rollbook.Elapsed;
import dev.rollbook.Journal;
import dev.rollbook.Requests;
import dev.rollbook.decision.Memory.Rolled;
import dev.rollbook.decision.Permission.Refusal;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
    Permission permission = refusal(asked, Journal.now()).orElse(Permission.GIVEN);
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

  private Optional<Permission> refusal(Asked asked, Instant now) {
    return frozen(asked)
        .or(() -> isDecided(asked))
        .or(() -> sameVersion(asked))
        .or(() -> coolDown(asked, now))
        .or(() -> tooMany(asked, now));
  }

  private Optional<Permission> frozen(Asked asked) {
    return memory.frozen().stream()
        .filter(freeze -> freeze.concerns(asked.service()))
        .findFirst()
        .map(freeze -> Permission.refused(Refusal.FROZEN, freeze.describe()));
  }

  private Optional<Permission> isDecided(Asked asked) {
    List<String> others =
        memory.known().stream()
            .filter(known -> !known.run().equals(asked.run()))
            .map(Memory.Known::alert)
            .toList();
    return !asked.alerts().isEmpty() && others.containsAll(asked.alerts())
        ? Optional.of(Permission.refused(Refusal.DECIDED, "this alert was decided on before"))
        : Optional.empty();
  }

  private Optional<Permission> sameVersion(Asked asked) {
    return memory.rolled().stream()
        .filter(each -> each.isOf(asked))
        .flatMap(
            each ->
                each.from().equals(asked.from())
                    ? Stream.of(again(each, ", and is there again"))
                    : each.from().equals(asked.to())
                        ? Stream.of(again(each, ", and would be what runs"))
                        : Stream.empty())
        .findFirst();
  }

  private static Permission again(Rolled before, String now) {
    return new Permission(
        Refusal.SAME_VERSION,
        before.from() + " was rolled back" + byHand(before) + " at " + before.at() + now,
        before.run());
  }

  private static String byHand(Rolled before) {
    return before.byHand() ? " by hand" : "";
  }

  private Optional<Permission> coolDown(Asked asked, Instant now) {
    Duration coolDown = asked.limits().coolDown();
    return memory.rolled().stream()
        .filter(each -> each.isOf(asked) && each.at().plus(coolDown).isAfter(now))
        .findFirst()
        .map(
            each ->
                new Permission(
                    Refusal.COOL_DOWN,
                    "rolled back"
                        + byHand(each)
                        + " at "
                        + each.at()
                        + "; not again within "
                        + Elapsed.describe(coolDown),
                    each.run()));
  }

  private Optional<Permission> tooMany(Asked asked, Instant now) {
    if (!memory.isTooMuch(asked.service(), asked.environment(), asked.limits(), now)) {
      return Optional.empty();
    }
    List<Rolled> lately = memory.withinAnHour(now);
    return Optional.of(
        Permission.refused(
            Refusal.TOO_MANY,
            "alerts have rolled back "
                + lately.stream().filter(each -> each.isOf(asked)).count()
                + " times here and "
                + lately.size()
                + " times in all within an hour"));
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
