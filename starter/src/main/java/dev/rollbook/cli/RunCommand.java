package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "run",
    description = "Rolls a service back, and shows how it goes. An unfinished run is continued.")
final class RunCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;
  @Mixin ServiceParameters service;
  @Mixin RunOptions options;

  @Option(names = "--dry-run", description = "End after the plan, and change nothing.")
  boolean dryRun;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask; without a terminal nothing is asked anyway.")
  boolean yes;

  @Option(
      names = "--no-wait",
      description = "Return once the run has started; needs a running worker.")
  boolean noWait;

  @Override
  public Integer call() throws Exception {
    RunAsked asked = new RunAsked(rollbook, service, options);
    if (dryRun) {
      return asked.plan();
    }
    return asked.run(yes, noWait);
  }
}
