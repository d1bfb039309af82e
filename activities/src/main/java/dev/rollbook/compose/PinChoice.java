package dev.rollbook.compose;

import dev.rollbook.Finding;
import dev.rollbook.Heartbeat;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.local.Git;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the good image is written down, and whether the next {@code up} will keep it. */
final class PinChoice {

  private static final String CHECK = "compose file";

  private final ComposeCommands commands;
  private final Heartbeat heartbeat;
  private final Path state;
  private final List<Finding> findings = new ArrayList<>();

  private ComposePin.Accepted accepted;
  private String named;

  PinChoice(ComposeCommands commands, Heartbeat heartbeat, Path state) {
    this.commands = commands;
    this.heartbeat = heartbeat;
    this.state = state;
  }

  /** In plain words, beforehand: where the rollback will not stick. */
  List<Finding> findings() {
    return findings;
  }

  /** What Compose said to it; null when there was none to ask. */
  ComposePin.Accepted accepted() {
    return accepted;
  }

  /** The image that the files name as they are; empty when they were not read, or name none. */
  Optional<String> named() {
    return Optional.ofNullable(named);
  }

  /**
   * Changes nothing. The Compose is asked that will start the containers.
   *
   * @param compose says what is wanted
   */
  Pin choose(
      ComposeEnvironment compose,
      ProjectFolder folder,
      List<ServiceContainer> containers,
      ServiceContainer container,
      String image)
      throws IOException {
    Pin wanted = compose.pin();
    if (folder.files().isEmpty()) {
      return Pin.LEAVE;
    }
    if (wanted == Pin.LEAVE) {
      findings.add(
          Finding.warning(
              CHECK,
              "left as it is, as the catalog says: the next 'docker compose up' may bring the bad version back, and 'up --force-recreate' does, until the file or the tag "
                  + container.reference()
                  + " is changed"));
      return Pin.LEAVE;
    }
    Pin preferred = wanted == Pin.EDIT ? unlessIgnored(folder, container, compose) : wanted;
    Runnable whileWaiting = () -> heartbeat.beat("asking Compose about its files");
    List<ComposeCommand> validators =
        commands.of(containers, compose, whileWaiting).stream().toList();
    ComposeFilePin pin =
        new ComposeFilePin(
            folder.project(container),
            compose.composeService(),
            image,
            "rolled back by rollbook",
            state.resolve("compose-files"));
    String digest = pin.digest();
    PinPlan plan =
        pin.plan(
            preferred, validators, () -> commands.installed(compose, whileWaiting), whileWaiting);
    named = plan.named();
    if (plan.how() != Pin.LEAVE && !validators.isEmpty() && digest.equals(pin.digest())) {
      accepted = new ComposePin.Accepted(digest, plan.validation(), plan.resetsBuild());
    }
    return said(plan);
  }

  private Pin said(PinPlan plan) {
    Finding.Level level =
        plan.sticks() && !plan.keepsBuild() ? Finding.Level.OK : Finding.Level.WARNING;
    findings.add(
        new Finding(
            level,
            CHECK,
            plan.reason()
                + (plan.sticks()
                    ? ""
                    : ". The rollback does not stick by itself: see what the next 'docker compose up' reads")));
    return plan.how();
  }

  private Pin unlessIgnored(
      ProjectFolder folder, ServiceContainer container, ComposeEnvironment compose)
      throws IOException {
    Path file;
    try {
      file = new ProjectSections(folder.files(), compose.composeService()).toEdit();
    } catch (UnsafeEdit e) {
      return Pin.EDIT; // the plan says why not
    }
    if (!isIgnored(file)) {
      return Pin.EDIT;
    }
    boolean itself = OverrideFile.of(folder.project(container)).file().equals(file);
    findings.add(
        Finding.warning(
            CHECK,
            file
                + " is ignored by git, so it is generated or somebody's own: "
                + (itself
                    ? "it is edited all the same, since it sets the image and no file is read after it; whoever makes it anew brings the bad version back"
                    : "an override file is written instead")));
    return itself ? Pin.EDIT : Pin.OVERRIDE;
  }

  private boolean isIgnored(Path file) {
    try {
      return new Git(file.getParent(), heartbeat)
          .tryRead("check-ignore", "--", file.getFileName().toString())
          .isPresent();
    } catch (IOException e) {
      return false; // no git on this machine: nothing is ignored by it
    }
  }
}
