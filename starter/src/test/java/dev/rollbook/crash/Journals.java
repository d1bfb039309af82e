package dev.rollbook.crash;

import dev.rollbook.Run;
import dev.rollbook.RunJournalFiles;
import dev.rollbook.shop.LocalShop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What Rollbook keeps of the shop's run under {@code .rollbook}, and what of it still runs. */
final class Journals {

  private Journals() {}

  /** "nothing", "unfinished" or "finished". */
  static String state(LocalShop shop) throws IOException {
    return entry(shop)
        .map(entry -> entry.isUnfinished() ? "unfinished" : "finished")
        .orElse("nothing");
  }

  /** The pinned commit; null before a plan was kept. */
  static String target(LocalShop shop) throws IOException {
    return entry(shop)
        .map(entry -> entry.request().plan())
        .map(plan -> plan.pinned().target().id())
        .orElse(null);
  }

  static Optional<Run> result(LocalShop shop) throws IOException {
    return entry(shop).map(RunJournalFiles.Entry::result);
  }

  /** The jobs' folder of the run's plan. */
  static Path jobs(LocalShop shop) throws IOException {
    String plan = entry(shop).orElseThrow().request().plan().pinned().planId();
    return shop.folder().resolve(".rollbook/jobs/local/shop").resolve(plan);
  }

  /** The engine and its keeper name their files among their arguments; the service does not. */
  static List<String> processesOfRollbook(LocalShop shop) {
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                Arrays.stream(process.info().arguments().orElse(new String[0]))
                    .anyMatch(
                        word ->
                            word.contains(shop.file(".rollbook") + "/engine")
                                || word.contains(shop.file(".rollbook") + "/temporal")))
        .map(process -> process.pid() + " " + process.info().commandLine().orElse(""))
        .toList();
  }

  private static Optional<RunJournalFiles.Entry> entry(LocalShop shop) throws IOException {
    return new RunJournalFiles(shop.file(".rollbook"), "").find("shop", "local");
  }
}
