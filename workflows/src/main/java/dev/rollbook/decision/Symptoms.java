package dev.rollbook.decision;

import dev.rollbook.StepReport;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the metrics of a service show.
 *
 * @param shown whether what was asked about is there to be seen
 * @param why in words
 * @param traffic whether anybody uses the service; without it, no fault can be seen either
 * @param attempt the attempt that succeeded, 1 for the first
 */
public record Symptoms(
    Shown shown, String why, Shown traffic, List<Measurement> measurements, int attempt) {

  public Symptoms {
    measurements = measurements == null ? List.of() : List.copyOf(measurements);
  }

  static Symptoms unknown(String why) {
    return new Symptoms(Shown.UNKNOWN, why, Shown.UNKNOWN, List.of(), 1);
  }

  /** The end of what fired is believed only of a service that is used, and seen to be well. */
  boolean allowAnEnd() {
    return traffic == Shown.SHOWN && shown != Shown.SHOWN;
  }

  public String describe() {
    return shown.words() + ": " + why;
  }

  StepReport report() {
    String figures =
        measurements.stream().map(Measurement::describe).collect(Collectors.joining("\n"));
    return StepReport.done(describe(), figures, attempt);
  }
}
