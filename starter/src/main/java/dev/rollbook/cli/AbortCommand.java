package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "abort",
    description =
        "Ends a run before its time: its step is cut off, and a service it touched is stopped.")
final class AbortCommand implements Callable<Integer> {

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
    return new Deciding(rollbook, service).abort(reason);
  }
}
