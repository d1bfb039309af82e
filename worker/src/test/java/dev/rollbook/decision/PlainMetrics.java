package dev.rollbook.decision;

import dev.rollbook.PinnedService;
import dev.rollbook.Severity;
import java.util.List;

/** What is critical is denied at first; what is medium is shown at first, and gone then. */
final class PlainMetrics implements Metrics {

  private int looks;

  @Override
  public Symptoms look(String service, String environment, Severity severity) {
    boolean isWell =
        switch (severity) {
          case CRITICAL -> ++looks == 1;
          case MEDIUM -> ++looks > 1;
          case HIGH, LOW -> false;
        };
    return isWell
        ? new Symptoms(Shown.NOT_SHOWN, "1 % of the answers fail", Shown.SHOWN, List.of(), 1)
        : new Symptoms(Shown.SHOWN, "nothing of it answers", Shown.SHOWN, List.of(), 1);
  }

  @Override
  public Symptoms compareVersions(PinnedService service) {
    return new Symptoms(
        Shown.NOT_SHOWN, "other versions fail as well: v2 60 %", Shown.UNKNOWN, List.of(), 1);
  }
}
