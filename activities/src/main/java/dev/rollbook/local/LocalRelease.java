package dev.rollbook.local;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.KeptStop;
import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * S2: the service runs again by the command it had, from the work tree as it was left. The start is
 * a job of the release's own, which later attempts take over; the record of the stop is closed
 * last.
 */
final class LocalRelease {

  private final PinnedService service;
  private final LocalEnvironment local;
  private final Path state;
  private final ReleaseOrder order;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Heartbeat heartbeat;
  private final StopFile file;

  /**
   * @param service with the release's id as its plan
   */
  LocalRelease(
      PinnedService service,
      LocalEnvironment local,
      Path state,
      ReleaseOrder order,
      MachineProcesses machine,
      Redaction redaction,
      Heartbeat heartbeat) {
    this.service = service;
    this.local = local;
    this.state = state;
    this.order = order;
    this.machine = machine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
    this.file = new StopFile(state, service);
  }

  StepResult release() throws IOException {
    Optional<KeptStop> stop = file.toLift(order);
    if (stop.isEmpty()) {
      return new StepResult(false, "already released", "");
    }
    StoppedProcess before = StoppedProcess.of(stop.get());
    refuseMovedTree(before);
    String how = runsAlready(before).map(it -> "ran already: " + it).orElse("");
    if (how.isEmpty()) {
      how = "runs again: " + start(stop.get(), before);
    }
    file.lift(stop.get(), order);
    return new StepResult(
        true, "%s; the stop is lifted by %s".formatted(how, order.describe()), "");
  }

  private void refuseMovedTree(StoppedProcess before) throws IOException {
    Optional<String> head = new Git(local.repository(), heartbeat).commit("HEAD");
    if (before.head() != null && !head.filter(before.head()::equals).isPresent()) {
      throw Failures.hopeless(
          "NewerDeploy",
          "%s: the work tree is at %s by now, no longer at %s as when the service was stopped: somebody has deployed since. Nothing was started; if that is to run, start it with %s."
              .formatted(
                  service.service(),
                  head.orElse("no commit"),
                  before.head(),
                  before.command(local.start().within()).describe()));
    }
  }

  /** By a person's hand, or by an earlier release that failed before its end. */
  private Optional<ProcessId> runsAlready(StoppedProcess before) throws IOException {
    if (plan(order.id()).job("start").state() != DetachedJob.State.NOT_STARTED) {
      return Optional.empty();
    }
    List<MachineProcesses.Listener> listeners = machine.listeners(local.port());
    if (listeners.isEmpty()) {
      return Optional.empty();
    }
    List<ProcessId> ofTheTree = machine.runningIn(local.repository().toRealPath(), List.of());
    for (MachineProcesses.Listener each : listeners) {
      boolean isTheService =
          each.process()
              .filter(
                  process ->
                      ofTheTree.stream().anyMatch(process::isSameAs)
                          || before.releases().stream()
                              .anyMatch(id -> plan(id).job("start").owns(process.pid())))
              .isPresent();
      if (!isTheService) {
        throw Failures.hopeless(
            "NewerDeploy",
            "%s: port %d is used by %s, which is not of the work tree: somebody has started another one since the stop. Nothing was started; look who."
                .formatted(service.service(), local.port(), each.describe()));
      }
    }
    return listeners.get(0).process();
  }

  private String start(KeptStop stop, StoppedProcess before) throws IOException {
    // a stop that comes meanwhile must find what is begun here
    before.begunBy(order.id()).keepIn(stop);
    file.write(stop);
    PlanFolder plan = plan(order.id());
    plan.refuseIfFenced();
    LocalEnvironment then = local.withStart(before.command(local.start().within()));
    PinnedService started = service.withTarget(before.version());
    Start start = new Start(started, then, plan, machine, redaction, heartbeat);
    if (!before.isBuilt() && !start.isUnderWay()) {
      new Build(started, then.build(), then.variables(), plan, machine, redaction, heartbeat)
          .finish();
    }
    Start.Started seen = start.finish();
    return "%s; %s, output in %s"
        .formatted(
            redaction.clean(Evidence.plain(seen.line())).replace('\n', ' '),
            seen.process(),
            seen.log());
  }

  private PlanFolder plan(String id) {
    return new PlanFolder(state, service.withPlan(id), machine);
  }
}
