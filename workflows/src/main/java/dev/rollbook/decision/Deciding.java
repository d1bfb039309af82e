package dev.rollbook.decision;

import dev.rollbook.Abort;
import dev.rollbook.CatalogEntry;
import dev.rollbook.Journal;
import dev.rollbook.LiveRun;
import dev.rollbook.Plan;
import dev.rollbook.Requests;
import dev.rollbook.Rollback;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Severity;
import dev.rollbook.Trigger;
import dev.rollbook.Verdict;
import dev.rollbook.decision.Alert.State;
import dev.rollbook.decision.Decision.Answer;
import dev.rollbook.decision.Decision.Decided;
import dev.rollbook.decision.Joined.What;
import dev.rollbook.decision.Permission.Refusal;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Promise;
import io.temporal.workflow.TimerOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Comes to the decision of a run: by the runbook's table, by a person's word, or because what fired
 * has been resolved. Alerts may come before it begins, and after it is done.
 */
public final class Deciding {

  private static final int MOST_NOTES = 20;

  /** Alerts are answered before the guard is, and metrics are watched while people think. */
  private static final String CHANGE = "watches-and-answers-at-once";

  private final Alerts alerts = new Alerts();
  private final List<String> notes = new ArrayList<>();
  private LiveRun live;
  private RollbackRequest request;
  private AskedPeople people;
  private boolean isOpen;

  /** False in histories from before the change. */
  private boolean watches;

  private AskedGuard guard;
  private Doubts doubts;
  private Ruling ruling;
  private Permission permission;
  private Decided decided;
  private boolean isAgainstGuard;

  /** From now on the run shows what comes in; no alert may come before. */
  public void show(LiveRun run, RollbackRequest asked) {
    live = run;
    request = asked;
    watches =
        asksGuard()
            && Workflow.getVersion(CHANGE, Workflow.DEFAULT_VERSION, 1) > Workflow.DEFAULT_VERSION;
    guard = new AskedGuard(asked, alerts);
    goBy(DecisionPolicy.RUNBOOK, null, Journal.now());
    show();
  }

  public void goBy(CatalogEntry entry) {
    DecisionPolicy policy = entry.decision();
    people = new AskedPeople(live, request, alerts, entry.escalates(), this::note);
    AskedMetrics metrics =
        policy.asksMetrics() ? new AskedMetrics(live, request, entry, watches) : null;
    goBy(policy, metrics, ruling.began());
    show();
  }

  private void goBy(DecisionPolicy policy, AskedMetrics metrics, Instant began) {
    doubts = new Doubts(policy, metrics, watches, this::note);
    ruling = new Ruling(request, alerts, policy, doubts, began);
  }

  /** Returns once it is decided; an answer of people is waited for at most until the deadline. */
  public Decided decide() {
    isOpen = true;
    if (permission == null && decided == null) {
      permission = askGuard();
      decided = decided == null ? refused(permission) : decided;
    }
    while (decided == null) {
      Decided byRule = ruling.weigh();
      if (decided == null && ruling.isAsWeighed()) {
        decided = byRule;
        if (decided == null) {
          askPeople();
        }
      }
    }
    return settled();
  }

  private boolean asksGuard() {
    return request.trigger() == Trigger.ALERT && request.plan() == null;
  }

  /** Again where another alert has come meanwhile that the answer may not be about. */
  private Permission askGuard() {
    while (true) {
      List<String> asked = alerts.keys();
      Permission answer = guard.mayRollBack(null, null);
      if (!watches || decided != null || !answer.isOfTheseAlerts() || asked.equals(alerts.keys())) {
        return answer;
      }
    }
  }

  /** Null while it is open. */
  public Decided decided() {
    return decided;
  }

  private Decided settled() {
    isOpen = false;
    live.asks(null);
    show();
    if (isOver() && permission != null && (permission.given() || callsPeopleInstead(permission))) {
      remember();
    }
    return decided;
  }

  /** So that these alerts, sent again, begin no other run. */
  public void remember() {
    guard.remember().ifPresent(trouble -> note("the decision is not remembered: " + trouble));
  }

  private boolean callsPeopleInstead(Permission refused) {
    return refused.refusal() != Refusal.UNKNOWN && decided.answer() == Answer.ESCALATE;
  }

  /**
   * Once it is known what would be rolled back: whether the fault can come from the newest release
   * at all. Where it hardly can, people decide; those who have decided, have.
   */
  public Decided knowing(Plan plan) {
    if (decided.byAPerson()) {
      return decided;
    }
    if (hasEndedMeanwhile()) {
      decided = Ruling.resolved();
      return settled();
    }
    Optional<String> elsewhere = doubts.ofRelease(plan.pinned(), alerts.newestStart());
    if (elsewhere.isEmpty() || isOver() || decided.byAPerson()) {
      return decided;
    }
    if (ruling.wasSilence()) {
      decided =
          Ruling.decided(Answer.ESCALATE, Decided.RULE, decided.why() + "; " + elsewhere.get());
      return settled();
    }
    decided = null;
    doubts.raiseOfRelease(elsewhere.get());
    return decide();
  }

  /** A plan may wait for its worker long after it was decided. */
  private boolean hasEndedMeanwhile() {
    Decided before = decided;
    return alerts.areResolved()
        && Workflow.getVersion("an end before the act", Workflow.DEFAULT_VERSION, 1) == 1
        && doubts.believeTheEnd(ruling.severity())
        && alerts.areResolved()
        && decided == before;
  }

  /**
   * Preflight found what stands in the way, or no version to go back to. What a person has decided
   * stays on record as it is.
   */
  public Decided blocked(String why) {
    if (decided.byAPerson()) {
      remember();
      return decided;
    }
    decided = Ruling.decided(Answer.ESCALATE, Decided.RULE, "the rollback is blocked: " + why);
    return settled();
  }

  /**
   * The last question before the act, which the guard counts. What a person has allowed it does not
   * forbid.
   *
   * @param from the id of the version that is rolled back
   * @param to the id of the version that runs then
   * @return what is done: as decided, or as the guard wants it instead
   */
  public Decided underGuard(String from, String to) {
    Permission last = guard.mayRollBack(from, to);
    if (!last.given()) {
      permission = last;
      note("the guard: " + last.why());
      decided = decided.byAPerson() ? decided : refused(last);
      isAgainstGuard = !isOver() && last.refusal() != Refusal.UNKNOWN;
      if (callsPeopleInstead(last) || isAgainstGuard()) {
        remember();
      }
      show();
    }
    return decided;
  }

  /** What people have allowed against the guard counts for its next answer all the same. */
  public boolean isAgainstGuard() {
    return isAgainstGuard && countsForTheGuard();
  }

  private static boolean countsForTheGuard() {
    return Workflow.getVersion("allowed against the guard", Workflow.DEFAULT_VERSION, 1) == 1;
  }

  private Decided refused(Permission permission) {
    return permission.given()
        ? null
        : Ruling.decided(
            permission.refusal().answer(ruling.severity()), Decided.GUARD, permission.why());
  }

  /** Names what people are called for: within a cool-down it is one incident. */
  public String incident() {
    return permission != null && permission.refusal() == Refusal.COOL_DOWN
        ? permission.rolled() + "-cool-down"
        : Workflow.randomUUID().toString();
  }

  /** The worst that has fired: {@code critical HighLatency}. */
  public String worst() {
    String name = alerts.worst().map(Alert::name).orElse(null);
    return ruling.severity().name().toLowerCase(Locale.ROOT)
        + " "
        + (name == null ? "alert" : name);
  }

  /** Whether a word of people, or an abort, would decide it now. */
  public boolean isOpen() {
    return isOpen && decided == null;
  }

  /** It is decided, and there is nothing more to come than to say so. */
  public boolean isOver() {
    return decided != null && decided.answer() != Answer.ROLL_BACK;
  }

  /** Returns when it may be decided. */
  private void askPeople() {
    Severity asked = ruling.weighed();
    Instant until = ruling.until();
    people.ask(asked, ruling.rule(), doubts.describe(), until, ruling.otherwise().words());
    show();
    CancellationScope waiting =
        Workflow.newCancellationScope(
            () -> {
              Promise<Void> timeUp = timer(asked, until);
              Workflow.await(
                  () ->
                      timeUp.isCompleted()
                          || decided != null
                          || !ruling.isAsWeighed()
                          || !ruling.until().equals(until));
            });
    try {
      waiting.run();
    } finally {
      waiting.cancel();
    }
  }

  /** Until people must have decided, or until the metrics may bring it to another decision. */
  private Promise<Void> timer(Severity asked, Instant until) {
    Optional<Instant> again = doubts.looksAgain(asked, alerts.areResolved(), until);
    String summary =
        again.isPresent()
            ? "D4 Look at the metrics again"
            : AskedPeople.STEP + " Decide: " + ruling.rule();
    return Workflow.newTimer(
        Duration.between(Journal.now(), again.orElse(until)),
        TimerOptions.newBuilder().setSummary(summary).build());
  }

  /**
   * The update {@code alert}: it counts as long as nothing is decided, and is noted then. It is
   * answered at once: what the guard forbids, the run does not do, whatever was answered.
   *
   * @throws io.temporal.failure.ApplicationFailure RunOver
   */
  public Joined join(Alert alert) {
    boolean awaitsGuard = asksGuard() && !watches;
    boolean isFirst = alerts.count() == 0 && request.trigger() == Trigger.ALERT;
    if (!isFirst && awaitsGuard) {
      Workflow.await(() -> permission != null || decided != null);
    }
    if (!isFirst && (isOver() || live.hasEnded()) && alert.state() == State.FIRING) {
      throw ApplicationFailure.newNonRetryableFailure(
          "the run is over, and being written down; send the alert again", Rollback.RUN_OVER);
    }
    Optional<String> stale = alerts.add(alert);
    if (!isFirst && !isOpen()) {
      note(alert.describe());
    }
    show();
    if (isFirst && awaitsGuard) {
      Workflow.await(() -> permission != null || decided != null);
    }
    if (isFirst && permission != null && !permission.given()) {
      What refused = permission.refusal() == Refusal.DECIDED ? What.IGNORED : What.COOLDOWN;
      return new Joined(refused, permission.why(), alert.receivedAt());
    }
    boolean isIgnored = stale.isPresent() && !stale.get().equals(Alerts.KNOWN);
    What what = isIgnored ? What.IGNORED : isFirst ? What.STARTED : What.JOINED;
    return new Joined(what, stale.orElse(null), alert.receivedAt());
  }

  /** The updates {@code approve} and {@code reject}. */
  public String decide(boolean yes, Verdict word) {
    Requests.check(word);
    if (decided != null) {
      throw Requests.refused("decided already: " + decided.describe());
    }
    decided = Ruling.decided(yes ? Answer.ROLL_BACK : Answer.NOT_NEEDED, word.by(), word.why());
    return yes ? "approved" : "rejected";
  }

  public void abort(Abort abort) {
    decided = Ruling.decided(Answer.NOT_NEEDED, abort.by(), "aborted: " + abort.why());
  }

  private void note(String words) {
    if (notes.size() < MOST_NOTES) {
      notes.add(Journal.now() + " " + words);
    }
    show();
  }

  private void show() {
    if (request.trigger() == Trigger.ALERT || alerts.count() > 0) {
      live.decides(
          new Decision(
              ruling.severity(),
              ruling.rule(),
              ruling.asksPeople() ? ruling.until() : null,
              decided,
              alerts.shown(),
              alerts.count(),
              notes,
              doubts.seen()));
    }
  }
}
