package dev.rollbook;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a stop is on record that the service itself cannot carry: {@code
 * <state>/stops/<environment>/<service>/stop.json}. One for all plans: the first of several stops
 * knows how the service ran.
 */
public final class StopFile {

  private static final String NAME = "stop.json";
  private static final int PLANS = 20;

  private final PlanFiles files;
  private final Path plans;
  private final String service;

  public StopFile(Path state, String service, String environment) {
    this.files = new PlanFiles(state.resolve("stops").resolve(environment).resolve(service));
    this.plans = PlanFiles.allOf(state, service, environment);
    this.service = service;
  }

  public StopFile(Path state, PinnedService service) {
    this(state, service.service(), service.environment());
  }

  /** Empty when none stands. */
  public Optional<KeptStop> standing() throws IOException {
    return read().filter(KeptStop::stands);
  }

  /**
   * The stop that this plan is to make, or has made; the caller adds to what was before, and writes
   * it.
   *
   * @throws io.temporal.failure.ApplicationFailure Released when this plan's stop was lifted since:
   *     a late attempt must not stop the service again
   */
  public KeptStop of(String planId) throws IOException {
    Optional<KeptStop> kept = read();
    if (kept.isPresent() && kept.get().stands() && kept.get().madeBy().equals(planId)) {
      return kept.get();
    }
    List<String> plans = new ArrayList<>(kept.map(KeptStop::plans).orElse(List.of()));
    boolean isKnown = plans.contains(planId);
    // nor may a late attempt of the release that lifted the last one lift this
    kept.map(KeptStop::lifted).map(KeptStop.Lifted::id).ifPresent(plans::add);
    if (kept.isPresent() && !kept.get().stands() && isKnown) {
      throw Failures.hopeless(
          "Released",
          "%s: the stop of this plan (%s) was lifted since, by %s. Nothing was stopped; `rollbook stop` does it anew."
              .formatted(service, planId, kept.get().lifted().by()));
    }
    plans.remove(planId);
    plans.add(planId);
    return new KeptStop(
        plans.subList(Math.max(0, plans.size() - PLANS), plans.size()),
        kept.filter(KeptStop::stands)
            .map(KeptStop::before)
            .orElseGet(() -> Payloads.mapper().createObjectNode()),
        null,
        true);
  }

  /**
   * Puts it on record before anything is ended. Every plan that has begun is fenced with it, also
   * one that its own run has given up before it touched anything: whoever comes late of them finds
   * the fence, and whoever begins from now on finds the stop.
   */
  public void begin(KeptStop stop) throws IOException {
    write(stop);
    if (stop.underWay()) {
      PlanFiles.fenceAll(plans);
    }
  }

  /** Nothing of the service runs any more. */
  public void done(KeptStop stop) throws IOException {
    Optional<KeptStop> kept = read();
    if (kept.isPresent() && kept.get().stands() && kept.get().madeBy().equals(stop.madeBy())) {
      write(kept.get().done());
    }
  }

  /**
   * Before anything is started.
   *
   * @throws io.temporal.failure.ApplicationFailure Stopped when the service was stopped after this
   *     plan was made: whoever asked for it did not know
   */
  public void refuseLaterThan(PinnedService planned) throws IOException {
    Optional<KeptStop> stop = standing();
    if (stop.isPresent() && !stop.get().madeBy().equals(planned.standingStop())) {
      throw Failures.hopeless(
          "Stopped",
          "%s was stopped by Rollbook after this run was planned: nothing of it is started. Start a new run."
              .formatted(service));
    }
  }

  /**
   * The one that stands; empty when an earlier attempt of this release has lifted it.
   *
   * @throws io.temporal.failure.ApplicationFailure NotStopped; Stopped when it was stopped again
   *     since this release
   */
  public Optional<KeptStop> toLift(ReleaseOrder order) throws IOException {
    Optional<KeptStop> kept = read();
    if (kept.isPresent() && kept.get().stands()) {
      refuseLate(kept.get(), order);
      return kept;
    }
    if (kept.isPresent() && kept.get().lifted().id().equals(order.id())) {
      return Optional.empty();
    }
    throw Failures.hopeless(
        "NotStopped",
        "%s is under no stop of Rollbook's on this worker's machine: nothing was changed%s."
            .formatted(
                service,
                kept.map(stop -> "; the last one was lifted by " + stop.lifted().by()).orElse("")));
  }

  private void refuseLate(KeptStop stop, ReleaseOrder order) {
    if (stop.plans().contains(order.id())) {
      throw Failures.hopeless(
          "Stopped",
          "%s was stopped again after this release (%s), and stays so. Release it anew."
              .formatted(service, order.describe()));
    }
  }

  public void write(KeptStop stop) throws IOException {
    files.write(NAME, Payloads.mapper().writeValueAsBytes(stop));
  }

  public void lift(KeptStop stop, ReleaseOrder order) throws IOException {
    write(
        new KeptStop(
            stop.plans(),
            stop.before(),
            new KeptStop.Lifted(order.id(), order.by(), order.why(), Instant.now()),
            false));
  }

  private Optional<KeptStop> read() throws IOException {
    Optional<byte[]> kept = files.read(NAME);
    return kept.isEmpty()
        ? Optional.empty()
        : Optional.of(Payloads.mapper().readValue(kept.get(), KeptStop.class));
  }
}
