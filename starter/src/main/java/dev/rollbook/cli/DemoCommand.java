package dev.rollbook.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "demo",
    description =
        "Deploys a broken release of a small real service, and rolls it back before your eyes.")
final class DemoCommand implements Callable<Integer> {

  enum Section {
    local,
    compose,
    kubernetes
  }

  @ParentCommand RollbookCommand rollbook;

  @Parameters(
      index = "0",
      arity = "0..1",
      defaultValue = "local",
      paramLabel = "SECTION",
      description =
          "Which section of the runbook: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  Section section;

  @Option(names = "--clean", description = "End the demo's service, and remove its folder.")
  boolean clean;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      defaultValue = "rollbook-demo",
      description = "Where everything of the demo goes. Default: ${DEFAULT-VALUE}.")
  Path path;

  @Mixin ClusterOptions cluster;

  @Override
  public Integer call() throws Exception {
    Terminal terminal = new Terminal(rollbook.json());
    DemoFolder folder = new DemoFolder(path.toAbsolutePath().normalize());
    if (clean && !folder.exists()) {
      terminal.say("There is no demo in " + folder.path() + ".");
      return ExitCodes.OK;
    }
    if (folder.exists()) {
      folder.refuseUnlessOurs();
    }
    Demo demo = demo(section, folder);
    if (!clean) {
      demo.agree();
    }
    if (folder.exists()) {
      if (!clean) {
        terminal.say("An earlier demo is in " + folder.path() + ": removing it first.");
      }
      clean(folder);
      terminal.say("The demo's service has ended, and " + folder.path() + " is gone.");
    }
    if (clean) {
      return ExitCodes.OK;
    }
    folder.make(section.name());
    return demo.play();
  }

  /** Ends what the demo started, and removes its folder; refuses one that is not the demo's. */
  private void clean(DemoFolder folder) throws IOException, InterruptedException {
    folder.refuseUnlessOurs();
    demo(Section.valueOf(folder.section()), folder).end();
    folder.remove();
  }

  private Demo demo(Section which, DemoFolder folder) {
    return switch (which) {
      case local -> new LocalDemo(folder, rollbook.json());
      case compose -> new ComposeDemo(folder, rollbook.json());
      case kubernetes -> new KubernetesDemo(folder, rollbook.json(), cluster);
    };
  }
}
