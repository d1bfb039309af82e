package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "reject",
    description =
        "Forbids what a run asks (`rollbook status` shows it), and follows the run to its end.")
final class RejectCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;
  @Mixin ServiceParameters service;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; kept in the run's record.")
  String reason;

  @Override
  public Integer call() throws Exception {
    return new Deciding(rollbook, service).reject(reason);
  }
}
