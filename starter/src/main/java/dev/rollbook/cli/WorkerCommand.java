package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "worker",
    description =
        "Does the steps of runs that are started elsewhere (Temporal UI, other terminals), until it is ended.")
final class WorkerCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;

  @Override
  public Integer call() throws Exception {
    return new Working(rollbook).untilEnded();
  }
}
