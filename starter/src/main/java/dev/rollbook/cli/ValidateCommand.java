package dev.rollbook.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(name = "validate", description = "Checks the catalog; tells every problem at once.")
final class ValidateCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;

  @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "Another catalog.")
  Path file;

  @Override
  public Integer call() {
    return new Validating(rollbook.json()).validate(file == null ? rollbook.catalog : file);
  }
}
