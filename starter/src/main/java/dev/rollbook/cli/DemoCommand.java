package dev.rollbook.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "demo",
    description =
        "Deploys a broken release of a small real service, and rolls it back before your eyes.")
final class DemoCommand implements Callable<Integer> {

  enum Section {
    local
  }

  @ParentCommand RollbookCommand rollbook;

  @Parameters(
      index = "0",
      arity = "0..1",
      defaultValue = "local",
      paramLabel = "local",
      description = "Which section of the runbook: ${COMPLETION-CANDIDATES}.")
  Section section;

  @Option(names = "--clean", description = "End the demo's service, and remove its folder.")
  boolean clean;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      defaultValue = "rollbook-demo",
      description = "Where everything of the demo goes. Default: ${DEFAULT-VALUE}.")
  Path folder;

  @Override
  public Integer call() throws Exception {
    LocalDemo demo = new LocalDemo(folder, rollbook.json());
    return clean ? demo.clean() : demo.play();
  }
}
