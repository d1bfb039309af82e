package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(name = "list", description = "Lists the catalog's services with their newest runs.")
final class ListCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;

  @Override
  public Integer call() throws Exception {
    return new Asking(rollbook).list();
  }
}
