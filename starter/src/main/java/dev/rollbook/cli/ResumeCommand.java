package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "resume",
    description = "Continues every unfinished run of the catalog, with the plan it had.")
final class ResumeCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;

  @Override
  public Integer call() throws Exception {
    return new Resuming(rollbook).resume();
  }
}
