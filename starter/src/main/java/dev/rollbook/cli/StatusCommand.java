package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "status",
    description =
        "Shows the newest run of a service, or of every service, and who was called. Continues nothing.")
final class StatusCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;

  @Parameters(index = "0", arity = "0..1", paramLabel = "SERVICE", description = "Only this one.")
  String service;

  @Option(
      names = {"-e", "--environment"},
      paramLabel = "ENV",
      description = "Only in this environment.")
  String environment;

  @Override
  public Integer call() throws Exception {
    return new Asking(rollbook).status(service, environment);
  }
}
