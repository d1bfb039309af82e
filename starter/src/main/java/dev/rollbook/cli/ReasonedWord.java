package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** A command by which a person says something to a run, and why. */
abstract class ReasonedWord implements Callable<Integer> {

  @ParentCommand private RollbookCommand rollbook;
  @Mixin private ServiceParameters service;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; kept in the run's record.")
  private String reason;

  /**
   * @return the exit code
   */
  abstract int say(Deciding deciding, String reason) throws Exception;

  @Override
  public final Integer call() throws Exception {
    return say(new Deciding(rollbook, service), reason);
  }
}
