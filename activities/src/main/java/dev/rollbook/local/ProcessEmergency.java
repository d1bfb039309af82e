package dev.rollbook.local;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.ProcessId;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Pinned for a stop, and released from one, on this machine. */
public final class ProcessEmergency implements LocalEmergency {

  private final LocalEnvironments environments;
  private final Path state;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public ProcessEmergency(
      LocalEnvironments environments,
      Path state,
      MachineProcesses machine,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.state = state;
    this.machine = machine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  @Override
  public Pinned pin(String service, String environment, String planId) {
    LocalEnvironment local = environments.find(service, environment);
    Optional<ProcessId> listener = PortOwner.of(local.port(), machine).process();
    Optional<Version> version = version(local);
    if (listener.isEmpty() && !Files.isDirectory(local.repository())) {
      throw Failures.hopeless(
          "TargetMissing",
          "%s: nothing that can be ended listens on port %d, and there is no work tree %s; correct 'repository'."
              .formatted(service, local.port(), local.repository()));
    }
    String summary =
        "%s; %s"
            .formatted(
                listener
                    .map(ProcessId::toString)
                    .orElse("nothing that can be ended listens on port " + local.port()),
                version
                    .map(head -> "work tree at " + head.describe())
                    .orElse("the work tree's commit is not known"));
    return new Pinned(
        pinned(service, environment, planId, version.orElse(null), listener.orElse(null)),
        StepReport.done(summary, "", Heartbeat.attempt()));
  }

  /** A broken repository keeps nobody from stopping its service. */
  private Optional<Version> version(LocalEnvironment local) {
    try {
      Git git = new Git(local.repository(), heartbeat.get());
      Optional<String> head = git.commit("HEAD");
      return head.isEmpty()
          ? Optional.empty()
          : Optional.of(Version.commit(head.get(), git.label(head.get())));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public StepReport release(String service, String environment, String by, String why) {
    ReleaseOrder order = ReleaseOrder.ofActivity(by, why);
    try {
      return new LocalRelease(
              pinned(service, environment, order.id(), null, null),
              environments.find(service, environment),
              state,
              order,
              machine,
              redaction,
              heartbeat.get())
          .release()
          .report(Heartbeat.attempt());
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private PinnedService pinned(
      String service, String environment, String planId, Version runs, ProcessId listener) {
    List<ProcessId> belonging =
        listener == null ? List.of() : PinnedTree.belongingTo(listener, machine);
    LocalPin pin = new LocalPin(listener, List.of(), belonging);
    return new PinnedService(service, environment, planId, runs, runs, pin, null, null);
  }
}
