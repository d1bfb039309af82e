package dev.rollbook.aftermath;

import dev.rollbook.Heartbeat;
import dev.rollbook.JsonLines;
import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersion.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * The record of versions in {@code healthy-versions.jsonl}. It only grows, each line is on disk
 * before it counts, and several processes may share it.
 */
public final class HealthyVersionsFile implements HealthyVersions {

  private static final String NAME = "healthy-versions.jsonl";

  private final Path file;
  private final JsonLines<HealthyVersion> lines;
  private final Clock clock;
  private final IntSupplier attempt;

  /**
   * @param state the directory of Rollbook's own files; made when missing
   */
  public HealthyVersionsFile(Path state, Clock clock) {
    this(state, clock, Heartbeat::attempt);
  }

  public HealthyVersionsFile(Path state, Clock clock, IntSupplier attempt) {
    this.file = state.resolve(NAME);
    this.lines = new JsonLines<>(file, HealthyVersion.class);
    this.clock = clock;
    this.attempt = attempt;
  }

  @Override
  public StepReport record(PinnedService service) {
    List<HealthyVersion> verdicts = new ArrayList<>(withdrawal(service));
    verdicts.add(verdict(service, service.target(), Verdict.HEALTHY, null));
    String summary =
        service.target().describe()
            + " recorded healthy"
            + withdrawal(service).stream()
                .map(withdrawn -> ", " + withdrawn.version().describe() + " withdrawn")
                .findAny()
                .orElse("");
    return append(verdicts) == 0
        ? StepReport.alreadyDone("already recorded: " + summary, file.toString(), attempt())
        : StepReport.done(summary, file.toString(), attempt());
  }

  /**
   * What the service runs counts as bad from now on: a run that ends halfway must not find it "last
   * good" later. Twice for one plan is once.
   *
   * @return true when it was not recorded before
   */
  public boolean withdraw(PinnedService service) {
    return append(withdrawal(service)) > 0;
  }

  /** The newest version that was recorded healthy and not withdrawn later. */
  public Optional<Version> lastHealthy(String service, String environment) {
    return healthy(service, environment).stream().map(HealthyVersion::version).findFirst();
  }

  /** All that were recorded healthy and not withdrawn later, the newest first. */
  public List<HealthyVersion> healthy(String service, String environment) {
    List<HealthyVersion> known = read(service, environment);
    List<HealthyVersion> healthy = new ArrayList<>();
    for (int i = known.size() - 1; i >= 0; i--) {
      HealthyVersion candidate = known.get(i);
      boolean withdrawnLater =
          known.subList(i + 1, known.size()).stream()
              .anyMatch(
                  later -> !later.isHealthy() && later.version().isSameAs(candidate.version()));
      if (candidate.isHealthy() && !withdrawnLater) {
        healthy.add(candidate);
      }
    }
    return healthy;
  }

  /** What was said of the version last; empty when nothing ever was. */
  public Optional<Verdict> verdict(String service, String environment, Version version) {
    return read(service, environment).stream()
        .filter(known -> known.version().isSameAs(version))
        .reduce((earlier, later) -> later)
        .map(HealthyVersion::verdict);
  }

  /**
   * The current version itself, when the newest rollback went back to it: whoever asks for the same
   * rollback again wants to stay here, not to go back one more.
   */
  public Optional<Version> targetOfLastWithdrawal(
      String service, String environment, Version current) {
    List<HealthyVersion> known = read(service, environment);
    if (known.isEmpty()) {
      return Optional.empty();
    }
    String newestPlan = known.get(known.size() - 1).planId();
    return known.stream()
        .filter(each -> each.planId().equals(newestPlan) && !each.isHealthy())
        .map(HealthyVersion::target)
        .filter(target -> target != null && target.isSameAs(current))
        .findAny();
  }

  /**
   * The newest rollback to the version did not prove it healthy: it failed, was aborted, or is
   * under way.
   */
  public boolean isUnproven(String service, String environment, Version version) {
    boolean unproven = false;
    for (HealthyVersion each : read(service, environment)) {
      if (each.target() != null && each.target().isSameAs(version)) {
        unproven = true;
      } else if (each.isHealthy() && each.version().isSameAs(version)) {
        unproven = false;
      }
    }
    return unproven;
  }

  private List<HealthyVersion> withdrawal(PinnedService service) {
    return service.from() == null || service.from().isSameAs(service.target())
        ? List.of()
        : List.of(verdict(service, service.from(), Verdict.WITHDRAWN, service.target()));
  }

  private HealthyVersion verdict(
      PinnedService service, Version version, Verdict verdict, Version target) {
    return new HealthyVersion(
        service.service(),
        service.environment(),
        version,
        verdict,
        target,
        service.planId(),
        clock.instant(),
        verdict == Verdict.HEALTHY && service.kubernetes() != null
            ? service.kubernetes().images()
            : List.of());
  }

  private int append(List<HealthyVersion> verdicts) {
    try {
      return lines.append(
          known ->
              verdicts.stream()
                  .filter(verdict -> known.stream().noneMatch(verdict::repeats))
                  .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The version could not be recorded in " + file + ": " + e.getMessage(), e);
    }
  }

  private List<HealthyVersion> read(String service, String environment) {
    try {
      return lines.read().stream().filter(each -> each.isOf(service, environment)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The record of healthy versions cannot be used: " + e.getMessage(), e);
    }
  }

  private int attempt() {
    return attempt.getAsInt();
  }
}
