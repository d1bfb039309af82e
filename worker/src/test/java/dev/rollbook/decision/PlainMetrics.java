package dev.rollbook.decision;

import dev.rollbook.PinnedService;
import dev.rollbook.Severity;
import java.util.List;

/** Says yes, no and then yes again: what is critical is denied at first. */
final class PlainMetrics implements Metrics {

  private int looks;

  @Override
  public Symptoms look(String service, String environment, Severity severity) {
    return ++looks == 2
        ? new Symptoms(Shown.NOT_SHOWN, "1 % of the answers fail", Shown.SHOWN, List.of(), 1)
        : new Symptoms(Shown.SHOWN, "nothing of it answers", Shown.SHOWN, List.of(), 1);
  }

  @Override
  public Symptoms compareVersions(PinnedService service) {
    return new Symptoms(
        Shown.NOT_SHOWN, "other versions fail as well: v2 60 %", Shown.UNKNOWN, List.of(), 1);
  }
}
