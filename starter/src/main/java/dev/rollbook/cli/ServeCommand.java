package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "serve",
    description =
        "Takes alerts over HTTP, and answers of people who follow a link, until it is ended.")
final class ServeCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;

  @Override
  public Integer call() throws Exception {
    return new Serving(rollbook).untilEnded();
  }
}
