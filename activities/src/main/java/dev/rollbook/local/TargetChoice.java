package dev.rollbook.local;

import dev.rollbook.Finding;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersionsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * Which commit to go back to: the given ref, else the last commit recorded healthy by us, else that
 * of a rollback which was begun and did not prove healthy, else the configured tag, else the
 * parent.
 */
public final class TargetChoice {

  private static final int NEAR = 3;
  private static final int SHOWN = 100;

  private final Git git;
  private final HealthyVersionsFile versions;
  private final List<Finding> findings = new ArrayList<>();

  public TargetChoice(Git git, HealthyVersionsFile versions) {
    this.git = git;
    this.versions = versions;
  }

  /** Why this target, or why none. */
  public List<Finding> findings() {
    return findings;
  }

  public Optional<Version> choose(
      String service, String environment, String to, Optional<String> previousTag, Version current)
      throws IOException {
    if (to != null && !to.isBlank()) {
      return given(to);
    }
    Optional<Version> healthy =
        versions
            .lastHealthy(service, environment)
            .filter(version -> version.kind() == Version.Kind.COMMIT);
    if (healthy.isPresent() && exists(healthy.get())) {
      return chosen(healthy.get().id(), "the last version recorded healthy; --to goes elsewhere");
    }
    if (versions.targetOfLastWithdrawal(service, environment, current).isPresent()) {
      return chosen(
          current.id(),
          "the work tree is at the target of an earlier rollback that did not prove healthy: tried again; --to goes further back");
    }
    Optional<Version> tagged = tagged(previousTag, current);
    return tagged.isPresent() ? tagged : parent();
  }

  private Optional<Version> given(String to) throws IOException {
    Optional<String> sha = git.commit(to);
    if (sha.isPresent()) {
      return chosen(sha.get(), "as asked: " + to);
    }
    boolean shallow = git.read("rev-parse", "--is-shallow-repository").equals("true");
    findings.add(
        Finding.blocker(
            "target",
            "'"
                + (to.length() > SHOWN ? to.substring(0, SHOWN) + "…" : to)
                + "' is no commit of this repository"
                + near(to)
                + (shallow ? "; the clone is shallow: 'git fetch --unshallow' may bring it" : "")
                + "; see 'git log --oneline -n 10'"));
    return Optional.empty();
  }

  private Optional<Version> tagged(Optional<String> tag, Version current) throws IOException {
    if (tag.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> sha = git.commit("refs/tags/" + tag.get());
    if (sha.isEmpty()) {
      findings.add(
          Finding.warning("target", "the configured tag '" + tag.get() + "' does not exist"));
      return Optional.empty();
    }
    if (sha.get().equals(current.id())) {
      findings.add(
          Finding.warning(
              "target", "the configured tag '" + tag.get() + "' is the current commit itself"));
      return Optional.empty();
    }
    return chosen(sha.get(), "the configured tag '" + tag.get() + "'");
  }

  private Optional<Version> parent() throws IOException {
    Optional<String> parent = git.commit("HEAD^");
    if (parent.isEmpty()) {
      findings.add(
          Finding.blocker(
              "target",
              "HEAD has no parent commit, and no version is recorded healthy: pass --to"));
      return Optional.empty();
    }
    return chosen(parent.get(), "the parent of HEAD, since no version is recorded healthy yet");
  }

  private boolean exists(Version version) throws IOException {
    if (git.commit(version.id()).isPresent()) {
      return true;
    }
    findings.add(
        Finding.warning(
            "target",
            "the last version recorded healthy, "
                + version.describe()
                + ", is not in this repository"));
    return false;
  }

  private Optional<Version> chosen(String sha, String why) throws IOException {
    Version target = Version.commit(sha, git.label(sha));
    findings.add(Finding.ok("target", target.describe() + ": " + why));
    return Optional.of(target);
  }

  private String near(String to) throws IOException {
    LevenshteinDistance distance = new LevenshteinDistance(NEAR);
    return git
        .lines("for-each-ref", "--format=%(refname:short)", "refs/tags", "refs/heads")
        .stream()
        .filter(name -> distance.apply(name, to) >= 0)
        .min((a, b) -> distance.apply(a, to) - distance.apply(b, to))
        .map(name -> "; did you mean '" + name + "'?")
        .orElse("");
  }
}
