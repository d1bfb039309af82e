package dev.rollbook.decision;

import dev.rollbook.PinnedService;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Whether a fault can come from the newest release, going by how old that is. */
final class ReleaseAge {

  private ReleaseAge() {}

  /**
   * @return why not; empty when it can, and when nobody knows since when it runs
   */
  static Optional<String> doubt(PinnedService service, Duration within, Instant now) {
    return Optional.ofNullable(service.changedAt())
        .filter(changed -> changed.isBefore(now.minus(within)))
        .map(
            changed ->
                "nothing was changed for %s: %s runs since %s"
                    .formatted(
                        words(Duration.between(changed, now)), service.from().describe(), changed));
  }

  /** Clocks that differ by less are as good as one. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  /**
   * @param fires since when
   * @return why what runs cannot have caused it; empty when it can
   */
  static Optional<String> doubtOf(Instant fires, PinnedService service) {
    return Optional.ofNullable(service.changedAt())
        .filter(changed -> fires.plus(SKEW).isBefore(changed))
        .map(
            changed ->
                "it fires since %s, and %s runs only since %s"
                    .formatted(fires, service.from().describe(), changed));
  }

  private static String words(Duration age) {
    return age.toDays() > 1
        ? age.toDays() + " days"
        : age.toHours() > 1 ? age.toHours() + " h" : age.toMinutes() + " min";
  }
}
