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

  private final Heartbeat heartbeat;
  private final Path state;
  private final List<Finding> findings = new ArrayList<>();

  PinChoice(Heartbeat heartbeat, Path state) {
    this.heartbeat = heartbeat;
    this.state = state;
  }

  /** In plain words, beforehand: where the rollback will not stick. */
  List<Finding> findings() {
    return findings;
  }

  /**
   * Changes nothing. Compose is asked when the file is written, not here.
   *
   * @param wanted by the catalog
   */
  Pin choose(
      Pin wanted, ProjectFolder folder, ServiceContainer container, String service, String image)
      throws IOException {
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
    Pin preferred = wanted;
    if (preferred == Pin.EDIT) {
      Optional<Path> ignored = ignored(folder.files());
      if (ignored.isPresent()) {
        findings.add(
            Finding.warning(
                CHECK,
                ignored.get()
                    + " is ignored by git, so it is generated or somebody's own: an override file is written instead"));
        preferred = Pin.OVERRIDE;
      }
    }
    PinPlan plan =
        new ComposeFilePin(
                folder.project(container),
                service,
                image,
                "rolled back by rollbook",
                state.resolve("compose-files"))
            .plan(preferred, List.of(), () -> heartbeat.beat("looking at the compose file"));
    return said(plan);
  }

  private Pin said(PinPlan plan) {
    Finding.Level level = plan.sticks() ? Finding.Level.OK : Finding.Level.WARNING;
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

  private Optional<Path> ignored(List<Path> files) throws IOException {
    for (Path file : files) {
      try {
        if (new Git(file.getParent(), heartbeat)
            .tryRead("check-ignore", "--", file.getFileName().toString())
            .isPresent()) {
          return Optional.of(file);
        }
      } catch (IOException e) {
        // no git on this machine: nothing is ignored by it
        return Optional.empty();
      }
    }
    return Optional.empty();
  }
}
