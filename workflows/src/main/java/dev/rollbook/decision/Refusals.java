package dev.rollbook.decision;

import dev.rollbook.Elapsed;
import dev.rollbook.decision.Memory.Known;
import dev.rollbook.decision.Memory.Rolled;
import dev.rollbook.decision.Permission.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What speaks against a rollback for alerts, going by what the guard remembers. */
public final class Refusals {

  private final Memory memory;
  private final GuardLimits limits;
  private final Instant now;

  public Refusals(Memory memory, GuardLimits limits, Instant now) {
    this.memory = memory;
    this.limits = limits;
    this.now = now;
  }

  /** Alerts that a run has decided on, and that are only repeated. */
  public Set<String> decided() {
    Set<String> fruitless = fruitless();
    return known(each -> !fruitless.contains(each.run()));
  }

  /** What forbids it for any alert; empty when nothing does. */
  public Optional<Permission> ofPlace(String service, String environment) {
    Asked any = new Asked(null, service, environment, null, null, List.of(), limits);
    return frozen(any).or(() -> coolDown(any)).or(() -> tooMany(any));
  }

  Optional<Permission> of(Asked asked) {
    return frozen(asked)
        .or(() -> isDecided(asked))
        .or(() -> sameVersion(asked))
        .or(() -> coolDown(asked))
        .or(() -> stillFires(asked))
        .or(() -> tooMany(asked));
  }

  private Optional<Permission> frozen(Asked asked) {
    return memory.frozen().stream()
        .filter(freeze -> freeze.concerns(asked.service()))
        .findFirst()
        .map(freeze -> Permission.refused(Refusal.FROZEN, freeze.describe()));
  }

  private Optional<Permission> isDecided(Asked asked) {
    Set<String> fruitless = fruitless();
    return areKnown(asked, each -> !fruitless.contains(each.run()))
        ? Optional.of(Permission.refused(Refusal.DECIDED, "this alert was decided on before"))
        : Optional.empty();
  }

  /** What a rollback has not ended within the cool-down, another one hardly will. */
  private Optional<Permission> stillFires(Asked asked) {
    return areKnown(asked, each -> true)
        ? Optional.of(
            Permission.refused(
                Refusal.STILL_FIRES,
                "a rollback was begun for this alert, which fires still after "
                    + Elapsed.describe(limits.coolDown())))
        : Optional.empty();
  }

  private boolean areKnown(Asked asked, Predicate<Known> by) {
    return !asked.alerts().isEmpty()
        && known(each -> !each.run().equals(asked.run()) && by.test(each))
            .containsAll(asked.alerts());
  }

  private Set<String> known(Predicate<Known> by) {
    Set<String> alerts = new HashSet<>();
    memory.known().stream().filter(by).forEach(each -> alerts.addAll(each.alerts()));
    return alerts;
  }

  /** Executions that have rolled back, and whose cool-down is over. */
  private Set<String> fruitless() {
    Set<String> runs = new HashSet<>();
    memory.rolled().stream()
        .filter(each -> !each.at().plus(limits.coolDown()).isAfter(now))
        .forEach(each -> runs.add(each.run()));
    return runs;
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

  private static Permission again(Rolled before, String words) {
    return new Permission(
        Refusal.SAME_VERSION,
        before.from() + " was rolled back" + byHand(before) + " at " + before.at() + words,
        before.run());
  }

  private static String byHand(Rolled before) {
    return before.byHand() ? " by hand" : "";
  }

  private Optional<Permission> coolDown(Asked asked) {
    Duration coolDown = limits.coolDown();
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

  private Optional<Permission> tooMany(Asked asked) {
    if (!memory.isTooMuch(asked.service(), asked.environment(), limits, now)) {
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
}
