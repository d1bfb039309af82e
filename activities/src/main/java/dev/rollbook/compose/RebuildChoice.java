package dev.rollbook.compose;

import dev.rollbook.Finding;
import dev.rollbook.Heartbeat;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.compose.ComposeEnvironment.Rebuild;
import dev.rollbook.local.CommandCheck;
import dev.rollbook.local.Git;
import dev.rollbook.local.MachineChecks;
import dev.rollbook.local.TargetChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Option 2: the commit to build the image from, when there is no image to go back to. */
final class RebuildChoice {

  private final Optional<Rebuild> rebuild;
  private final HealthyVersionsFile versions;
  private final Heartbeat heartbeat;
  private final List<Finding> findings = new ArrayList<>();

  RebuildChoice(Optional<Rebuild> rebuild, HealthyVersionsFile versions, Heartbeat heartbeat) {
    this.rebuild = rebuild;
    this.versions = versions;
    this.heartbeat = heartbeat;
  }

  List<Finding> findings() {
    return findings;
  }

  Optional<Version> choose(RollbackRequest request) throws IOException {
    if (rebuild.isEmpty()) {
      findings.add(
          Finding.blocker(
              "target",
              request.rebuild()
                  ? "the catalog does not say how the image is built; add 'rebuild', or leave --rebuild out"
                  : "there is no older image of the service on the engine, and the catalog does not say how one is built; pass --to, or add 'rebuild'"));
      return Optional.empty();
    }
    Git git = new Git(rebuild.get().repository(), heartbeat);
    Optional<Finding> unusable = MachineChecks.repository(rebuild.get().repository(), git);
    if (unusable.isPresent()) {
      findings.add(unusable.get());
      return Optional.empty();
    }
    TargetChoice choice = new TargetChoice(git, versions);
    Optional<Version> target =
        choice.choose(
            request.service(),
            request.environment(),
            request.rebuild() ? request.to() : null,
            Optional.empty(),
            Version.commit(git.head(), git.label(git.head())));
    if (!request.rebuild()) {
      findings.add(
          Finding.warning(
              "target", "there is no older image of the service on the engine: one is built"));
    }
    findings.addAll(choice.findings());
    if (target.isPresent()) {
      findings.add(
          new CommandCheck(git, rebuild.get().repository())
              .check("build command", rebuild.get().command(), target.get().id()));
    }
    return target;
  }
}
