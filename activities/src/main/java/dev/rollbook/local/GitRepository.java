package dev.rollbook.local;

import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.StepReport;
import dev.rollbook.StopFile;
import dev.rollbook.aftermath.HealthyVersionsFile;
import io.temporal.activity.Activity;
import io.temporal.client.ActivityCanceledException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** A1 by the git command line. */
public final class GitRepository implements LocalRepository {

  private final LocalEnvironments environments;
  private final Path state;
  private final HealthyVersionsFile versions;
  private final MachineProcesses machine;
  private final Supplier<Heartbeat> heartbeat;

  public GitRepository(
      LocalEnvironments environments,
      Path state,
      HealthyVersionsFile versions,
      MachineProcesses machine,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.state = state;
    this.versions = versions;
    this.machine = machine;
    this.heartbeat = heartbeat;
  }

  @Override
  public StepReport putBack(PinnedService service) {
    Path workTree = environments.find(service.service(), service.environment()).repository();
    PlanFolder plan = new PlanFolder(state, service, machine);
    Git git = new Git(workTree, heartbeat.get());
    try {
      CheckoutBack.Back back =
          new CheckoutBack(service, workTree, git, plan, machine, heartbeat.get()).toWhereItWas();
      return new StepReport(back.moved(), back.words(), null, Heartbeat.attempt());
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  @Override
  public StepReport checkOut(PinnedService service) {
    Path workTree = environments.find(service.service(), service.environment()).repository();
    PlanFolder plan = new PlanFolder(state, service, machine);
    Git git = new Git(workTree, heartbeat.get());
    Checkout checkout = new Checkout(service, workTree, git, plan, machine, heartbeat.get());
    try {
      String log = git.read("log", "--oneline", "-n", "10");
      new StopFile(state, service).refuseLaterThan(service);
      versions.withdraw(service);
      boolean moved = checkout.toTarget();
      String target = service.target().describe();
      return new StepReport(
          moved,
          (moved ? "HEAD is now at " : "HEAD is already at ")
              + git.read("log", "-1", "--format=%h %s")
              + checkout.stashed().map(how -> "; " + how).orElse(""),
          Evidence.bounded(
              "Target "
                  + target
                  + " "
                  + service.target().id()
                  + "\n\n"
                  + "git log --oneline -n 10 (before)\n"
                  + log
                  + "\n\n"
                  + checkout.output(),
              Evidence.LIMIT),
          Heartbeat.attempt());
    } catch (ActivityCanceledException e) {
      checkout.giveUp();
      throw e;
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }
}
