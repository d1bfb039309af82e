package dev.rollbook.escalation;

import dev.rollbook.Journal;
import dev.rollbook.SearchAttributes;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.Escalation.Closed;
import io.temporal.workflow.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An escalation while it is under way: what its query answers, and what Temporal UI shows. */
final class LiveEscalation {

  private static final int KEPT = 200;

  private final Instant startedAt;
  private final Ladder ladder;
  private final Set<String> incidents = new LinkedHashSet<>();
  private final Map<String, String> answered = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private Incident incident;
  private State announced;
  private State toAnnounce = State.INVESTIGATING;
  private State toldState;
  private final Set<String> told = new LinkedHashSet<>();
  private boolean onBoards;
  private Closed closed;
  private Instant quietSince;
  private Instant endedAt;
  private String shownState = "";

  LiveEscalation(Incident raised, EscalationPolicy policy) {
    this.incident = policy.companyWide() ? raised.ofTheWholeCompany() : raised;
    this.startedAt = Journal.now();
    this.ladder = new Ladder(policy, this::note);
    if (Workflow.getVersion("each level answers", Workflow.DEFAULT_VERSION, 1) < 1) {
      ladder.endRoundsByAnyAnswer();
    }
    incidents.add(incident.id());
    Workflow.upsertTypedSearchAttributes(
        SearchAttributes.SERVICE.valueSet(incident.service()),
        SearchAttributes.ENVIRONMENT.valueSet(incident.environment()),
        SearchAttributes.INCIDENT.valueSet(incident.id()));
    ladder.apply(incident, startedAt);
    show();
  }

  /** After the history had grown long. */
  LiveEscalation(Incident incident, SoFar soFar) {
    this.incident = incident;
    this.startedAt = soFar.startedAt();
    this.ladder = Ladder.goesOn(soFar, this::note);
    incidents.addAll(soFar.incidents());
    answered.putAll(soFar.answered());
    notes.addAll(soFar.notes());
    announced = soFar.announced();
    toAnnounce = soFar.toAnnounce();
    closed = soFar.closed();
    quietSince = soFar.quietSince();
    toldState = toAnnounce;
    told.addAll(soFar.told());
    onBoards = soFar.onBoards();
    show();
  }

  SoFar soFar() {
    return new SoFar(
        ladder.policy(),
        startedAt,
        ladder.round(),
        ladder.isCommanding(),
        ladder.clocks().stream().map(LevelClock::soFar).toList(),
        incidents,
        announced,
        toAnnounce,
        closed,
        quietSince,
        answered,
        notes,
        told(toAnnounce),
        onBoards,
        ladder.doesAnyAnswerEndRounds());
  }

  Incident incident() {
    return incident;
  }

  /** The ids of all that it is for. */
  Set<String> incidents() {
    return incidents;
  }

  Ladder ladder() {
    return ladder;
  }

  void worsened(Incident more) {
    incident = incident.and(more);
    if (more.id() == null && more.why() != null) {
      note(more.why());
    }
    if (more.id() == null || incidents.contains(more.id())) {
      ladder.apply(incident, Journal.now());
    } else {
      incidents.add(more.id());
      note("one more incident, " + more.id() + ": " + more.title());
      ladder.applyAnew(incident, Journal.now());
    }
    show();
  }

  /** What is said once is not said again. */
  void note(String text) {
    if (!notes.contains(text)) {
      notes.add(text);
      if (notes.size() > KEPT) {
        notes.remove(0);
      }
    }
  }

  State announced() {
    return announced;
  }

  void announced(State state) {
    announced = state;
  }

  State toAnnounce() {
    return toAnnounce;
  }

  /** There is no way back from RESOLVED. */
  void toAnnounce(State state) {
    if (closed == null) {
      toAnnounce = state;
    }
  }

  /** The boards that are known to say so. */
  Set<String> told(State state) {
    return state == toldState ? Set.copyOf(told) : Set.of();
  }

  void told(State state, List<String> boards) {
    if (state != toldState) {
      told.clear();
      toldState = state;
    }
    told.addAll(boards);
    onBoards |= !boards.isEmpty();
  }

  /** There are boards, though none may have been reached so far. */
  void hasBoards() {
    onBoards = true;
  }

  /** Whether it stands, or may stand, where somebody reads it. */
  boolean isOnBoards() {
    return onBoards;
  }

  Closed closed() {
    return closed;
  }

  void close(Closed by) {
    toAnnounce(State.RESOLVED);
    closed = by;
    show();
  }

  /** What updates were told, by their id. */
  Map<String, String> answered() {
    return answered;
  }

  void answered(String update, String told) {
    answered.put(update, told);
    if (answered.size() > KEPT) {
      answered.remove(answered.keySet().iterator().next());
    }
  }

  /** Since when nobody is to be called any more; null while somebody is. */
  Instant quietSince(Instant now) {
    if (ladder.next().isPresent()) {
      quietSince = null;
    } else if (quietSince == null) {
      quietSince = now;
    }
    return quietSince;
  }

  void end() {
    endedAt = Journal.now();
    show();
  }

  void show() {
    String state =
        closed != null
            ? "CLOSED"
            : endedAt != null ? "ENDED" : ladder.isAnswered() ? "ANSWERED" : "CALLING";
    if (!state.equals(shownState)) {
      shownState = state;
      Workflow.upsertTypedSearchAttributes(SearchAttributes.STATE.valueSet(state));
    }
    Workflow.setCurrentDetails(EscalationDetails.of(snapshot()));
  }

  Escalation snapshot() {
    Instant next = ladder.next().map(Ladder.Next::at).orElse(null);
    return new Escalation(
        incident,
        ladder.policy().hash(),
        startedAt,
        endedAt,
        closed != null || endedAt != null ? null : next,
        ladder.clocks().stream().map(LevelClock::record).toList(),
        closed,
        notes);
  }
}
