package dev.rollbook.cli;

import picocli.CommandLine.Option;

/** What a run and a plan can be asked. */
final class RunOptions {

  @Option(
      names = "--to",
      paramLabel = "TARGET",
      description =
          "Where to go back to (a git ref, an image, a revision); else the last version recorded healthy.")
  String to;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the incident report.")
  String reason;

  @Option(names = "--incident", paramLabel = "ID", description = "The incident's id elsewhere.")
  String incident;

  @Option(
      names = "--stash",
      description = "Put uncommitted changes away with git stash instead of being blocked by them.")
  boolean stash;

  @Option(
      names = "--rebuild",
      description = "Build the target from its commit again instead of looking for its image.")
  boolean rebuild;
}
