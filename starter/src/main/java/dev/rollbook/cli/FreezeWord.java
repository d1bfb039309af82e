package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** A command by which a person says what alerts may do, and why. */
abstract class FreezeWord implements Callable<Integer> {

  @ParentCommand private RollbookCommand rollbook;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SERVICE",
      description = "Only this one; else all.")
  private String service;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; shown by status.")
  private String reason;

  /**
   * @return the exit code
   */
  abstract int say(RollbookCommand rollbook, String service, String reason) throws Exception;

  @Override
  public final Integer call() throws Exception {
    return say(rollbook, service, reason);
  }
}
