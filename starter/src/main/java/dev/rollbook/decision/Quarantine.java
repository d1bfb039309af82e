package dev.rollbook.decision;

import dev.rollbook.decision.AlertIntake.Taken;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Alerts about which only a person may decide. Those that are alike are told together, each of them
 * once.
 */
final class Quarantine {

  private static final int REMEMBERED = 20_000;

  /** Reasons that name what a sender wrote could be as many as its alerts. */
  private static final int MOST_REASONS = 8;

  /**
   * Told by this process, so that a repeat costs no call; what others have told, the guard knows.
   */
  private record Told(String fingerprint, Instant startsAt, String why) {}

  private final AlertIntake intake;
  private final Set<Told> told =
      Collections.newSetFromMap(
          Collections.synchronizedMap(
              new LinkedHashMap<Told, Boolean>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Told, Boolean> eldest) {
                  return size() > REMEMBERED;
                }
              }));

  Quarantine(AlertIntake intake) {
    this.intake = intake;
  }

  CompletableFuture<Map<MappedAlert, Taken>> tell(List<MappedAlert> alerts) {
    Map<MappedAlert, Taken> taken = new HashMap<>();
    Map<String, List<MappedAlert>> byReason = new LinkedHashMap<>();
    for (MappedAlert each : alerts) {
      String why = each.quarantined().orElseThrow();
      if (!each.isFiring()) {
        taken.put(each, new Taken(Taken.What.IGNORED, "resolved; " + why, null));
        continue;
      }
      taken.put(each, new Taken(Taken.What.QUARANTINED, why, null));
      if (!told.contains(key(each))) {
        String reason = byReason.containsKey(why) || byReason.size() < MOST_REASONS ? why : "";
        byReason.computeIfAbsent(reason, none -> new ArrayList<>()).add(each);
      }
    }
    return CompletableFuture.allOf(
            byReason.values().stream().map(this::tellTogether).toArray(CompletableFuture[]::new))
        .thenApply(all -> taken);
  }

  private CompletableFuture<Void> tellTogether(List<MappedAlert> alike) {
    String why = alike.get(0).quarantined().orElseThrow();
    return intake
        .quarantine(alike.stream().map(MappedAlert::alert).toList(), why)
        .thenRun(() -> alike.forEach(each -> told.add(key(each))));
  }

  private static Told key(MappedAlert each) {
    return new Told(
        each.alert().fingerprint(), each.alert().startsAt(), each.quarantined().orElseThrow());
  }
}
