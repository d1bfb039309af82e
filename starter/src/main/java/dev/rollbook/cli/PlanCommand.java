package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "plan",
    description = "Shows what a run would do: target, steps, findings. Changes nothing.")
final class PlanCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;
  @Mixin ServiceParameters service;
  @Mixin RunOptions options;

  @Override
  public Integer call() throws Exception {
    return new RunAsked(rollbook, service, options).plan();
  }
}
