package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** A command by which a person says something about a service, and why. */
abstract class ReasonedWord implements Callable<Integer> {

  @ParentCommand private RollbookCommand rollbook;
  @Mixin private ServiceParameters service;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; kept in the record.")
  private String reason;

  /**
   * @return the exit code
   */
  abstract int say(RollbookCommand rollbook, ServiceParameters service, String reason)
      throws Exception;

  @Override
  public final Integer call() throws Exception {
    return say(rollbook, service, reason);
  }
}
