package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.compose.ComposePin.Pin;
import io.temporal.activity.Activity;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** B3: the project's compose files say which image is the good one. */
public final class ProjectFiles implements ComposeProject {

  private final ComposeEnvironments environments;
  private final ComposeCommands commands;
  private final Path state;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public ProjectFiles(
      ComposeEnvironments environments,
      ComposeCommands commands,
      Path state,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.commands = commands;
    this.state = state;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  @Override
  public StepReport pinImage(PinnedService service) {
    ComposePin pin = service.compose();
    if (pin.pin() == Pin.LEAVE) {
      return StepReport.alreadyDone(
          "left as it is: the next 'docker compose up -d' may bring "
              + service.from().describe()
              + " back",
          null,
          Heartbeat.attempt());
    }
    Heartbeat beat = heartbeat.get();
    Runnable whileWaiting = () -> beat.beat("asking Compose about its files");
    ComposeEnvironment environment = environments.find(service.service(), service.environment());
    try {
      ComposeFilePin file = file(service);
      PinPlan plan =
          pin.accepted() != null && pin.accepted().digest().equals(file.digest())
              ? file.plan(pin.pin(), pin.accepted())
              : file.plan(
                  pin.pin(),
                  commands.of(pin, environment, whileWaiting).stream().toList(),
                  () -> commands.installed(environment, whileWaiting),
                  whileWaiting);
      WrittenImage.refuseRenamed(service, plan.named());
      if (plan.how() != pin.pin()) {
        throw Failures.hopeless(
            "InvalidComposeFile",
            "The compose files changed since the plan, and the image cannot be pinned as planned: "
                + plan.reason()
                + ". Look at them, then start again.");
      }
      boolean changed = file.apply(service.planId(), plan);
      return new StepReport(
          changed,
          (changed ? "" : "already there: ") + pin.image() + " in " + plan.file(),
          evidence(plan, service),
          Heartbeat.attempt());
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  @Override
  public StepReport unpinImage(PinnedService service) {
    try {
      boolean changed = ComposeFilePin.restore(backups(service), service.planId());
      return new StepReport(
          changed,
          changed ? "the compose file is as it was" : "nothing had been changed",
          null,
          Heartbeat.attempt());
    } catch (ApplicationFailure changedSince) {
      return StepReport.alreadyDone(changedSince.getOriginalMessage(), null, Heartbeat.attempt());
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private String evidence(PinPlan plan, PinnedService service) {
    String text =
        plan.reason()
            + "\n"
            + plan.validation()
            + "\nthe original is kept in "
            + backups(service).resolve(service.planId())
            + "\n\n"
            + plan.diff();
    return Evidence.beginning(redaction.clean(text), Evidence.LIMIT);
  }

  private ComposeFilePin file(PinnedService service) {
    ComposePin pin = service.compose();
    String why =
        "was "
            + service.from().describe()
            + "; pinned to "
            + service.target().describe()
            + " by Rollbook";
    return new ComposeFilePin(
        ComposeFiles.of(pin), pin.service(), pin.image(), why, backups(service));
  }

  private Path backups(PinnedService service) {
    return state.resolve("compose-files").resolve(service.environment()).resolve(service.service());
  }
}
