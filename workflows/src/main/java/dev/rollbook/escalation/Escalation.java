package dev.rollbook.escalation;

import java.time.Instant;
import java.util.List;

/**
 * An escalation: how it stands while it is under way, what became of it once it has ended.
 *
 * @param policyHash of the policy it goes by
 * @param nextCallAt null when nobody is to be called any more
 * @param closed who ended the incident and why; null while it is open
 * @param notes what was noticed: empty roles, broken channels, missed deadlines
 */
public record Escalation(
    Incident incident,
    String policyHash,
    Instant startedAt,
    Instant endedAt,
    Instant nextCallAt,
    List<Called> levels,
    Closed closed,
    List<String> notes) {

  /**
   * One level as it stands.
   *
   * @param calls the first one and the newest
   * @param answer null while nobody has answered
   * @param toldLate by how many seconds the first call missed {@code notifyBy}; 0 or less: met;
   *     null when there was none yet
   * @param answeredLate the same of {@code ackWithin}
   * @param inAll how many calls there were, by each channel and person; left out, as in histories
   *     from before they were counted: those that stand here
   */
  public record Called(
      String level,
      String title,
      List<Call> calls,
      Answer answer,
      Long toldLate,
      Long answeredLate,
      Integer inAll) {

    public Called {
      calls = calls == null ? List.of() : List.copyOf(calls);
      inAll = inAll == null ? calls.size() : inAll;
    }

    /** It was called, and every channel is broken. */
    public boolean reachedNobody() {
      return toldLate == null && !calls.isEmpty() && calls.stream().allMatch(Call::isBroken);
    }
  }

  /**
   * @param trouble why it was not sent; null when it was
   * @param staysOpen whether its channel hears of the answer and of the end, as a pager does
   */
  public record Call(
      String noticeId,
      Instant at,
      String channel,
      String recipient,
      String receipt,
      String trouble,
      boolean staysOpen) {

    static final String CUT_OFF = "cut off: somebody has answered";

    /** Neither sent nor taken back. */
    boolean isBroken() {
      return trouble != null && !trouble.equals(CUT_OFF);
    }
  }

  public record Answer(String by, String via, String note, Instant at) {}

  public record Closed(String by, String why, Instant at) {}

  public Escalation {
    levels = levels == null ? List.of() : List.copyOf(levels);
    notes = notes == null ? List.of() : List.copyOf(notes);
  }
}
