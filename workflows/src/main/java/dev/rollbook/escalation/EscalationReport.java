package dev.rollbook.escalation;

import io.temporal.activity.ActivityInterface;
import java.util.List;
import java.util.Set;

/** What the incident reports say of calls and answers. */
@ActivityInterface(namePrefix = "EscalationReport")
public interface EscalationReport {

  /**
   * Writes who was called, who answered, and which deadlines were met, into the report of each run
   * that people were called for. The same again changes nothing.
   *
   * @param incidents their ids; a stop by a person's word is one too
   */
  Reported report(Set<String> incidents, Escalation escalation);

  /**
   * @param files the reports that say so now; none when no run wrote one
   */
  record Reported(List<String> files, int attempt) {

    public Reported {
      files = files == null ? List.of() : List.copyOf(files);
    }
  }
}
