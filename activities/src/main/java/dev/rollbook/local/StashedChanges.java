package dev.rollbook.local;

import dev.rollbook.PinnedService;
import java.io.IOException;
import java.util.Optional;

/** The operator's uncommitted changes, as one plan has put them away. */
final class StashedChanges {

  private final PinnedService service;
  private final Git git;

  StashedChanges(PinnedService service, Git git) {
    this.service = service;
    this.git = git;
  }

  String name() {
    return "rollbook " + service.planId();
  }

  /** How to get them back; empty when nothing was put away. */
  Optional<String> how() throws IOException {
    return git.lines("stash", "list", "--format=%H %gs").stream()
        .filter(entry -> entry.endsWith(name()))
        .map(entry -> entry.substring(0, entry.indexOf(' ')))
        .map(sha -> "your changes are stashed; put them back with 'git stash apply " + sha + "'")
        .findFirst();
  }

  /** To go on a sentence with; empty when nothing was put away. */
  String asAddition() throws IOException {
    return how().map(words -> "; " + words).orElse("");
  }
}
