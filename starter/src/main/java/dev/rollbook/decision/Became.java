package dev.rollbook.decision;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.rollbook.decision.AlertIntake.Taken;
import java.util.List;
import java.util.Locale;

/**
 * What became of an alert, as its sender is answered.
 *
 * @param what started, joined, cooldown, ignored or quarantined
 * @param run the workflow id; null for none
 * @param link to where the run is seen; null for none
 * @param notes what was noticed about its times
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Became(
    String fingerprint,
    String name,
    String service,
    String environment,
    String what,
    String why,
    String run,
    String link,
    List<String> notes) {

  static Became of(MappedAlert mapped, Taken taken, RunLinks links) {
    Alert alert = mapped.alert();
    return new Became(
        alert.fingerprint(),
        alert.name(),
        alert.service(),
        alert.environment(),
        taken.what().name().toLowerCase(Locale.ROOT),
        taken.why(),
        taken.runId(),
        links.of(taken.runId()),
        mapped.notes());
  }
}
