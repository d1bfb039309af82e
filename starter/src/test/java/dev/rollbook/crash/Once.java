package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.ProcessId;
import dev.rollbook.Run;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.shop.LocalShop;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What must hold after a rollback to v2, however often it was cut off on the way. */
final class Once {

  private static final MachineProcesses MACHINE = new MachineProcesses();

  private Once() {}

  static void rolledBack(LocalShop shop, Process old, Run run) throws Exception {
    assertThat(run.outcome()).as(String.valueOf(run.reason())).isEqualTo(Outcome.ROLLED_BACK);
    assertThat(run.target().id()).isEqualTo(shop.sha("v2"));
    done(shop, old);
  }

  /** One checkout, one build, one start of the target, which alone listens; one report. */
  static void done(LocalShop shop, Process old) throws Exception {
    String target = shop.sha("v2");
    assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(target);
    assertThat(shop.checkouts()).as("checkouts").hasSize(1);
    assertThat(shop.git("reflog").lines().filter(line -> line.contains("checkout: moving")))
        .as("moves of HEAD")
        .hasSize(1);
    assertThat(shop.builds()).as("builds").containsExactly("build " + target);
    assertThat(shop.starts()).as("starts").hasSize(1);
    assertThat(shop.starts().get(0)).startsWith("start v2 ");
    long started = Long.parseLong(shop.starts().get(0).split(" ")[2]);
    assertThat(listeners(shop)).as("listeners").containsExactly(started);
    assertThat(old.isAlive()).as("the bad process lives").isFalse();
    assertThat(files(shop.folder(), "TS-")).as("incident reports").hasSize(1);
    assertThat(leftovers(shop)).as("half-written files").isEmpty();
  }

  static List<Long> listeners(LocalShop shop) {
    return MACHINE.listeners(shop.port()).stream()
        .map(MachineProcesses.Listener::process)
        .flatMap(Optional::stream)
        .map(ProcessId::pid)
        .toList();
  }

  static boolean runs(long pid) {
    return MACHINE.find(pid).isPresent();
  }

  /** Files whose write was cut off: parts, and taken report numbers. */
  private static List<Path> leftovers(LocalShop shop) throws IOException {
    List<Path> left = new ArrayList<>(ending(shop, ".part"));
    left.addAll(ending(shop, ".tmp"));
    return left;
  }

  private static List<Path> ending(LocalShop shop, String end) throws IOException {
    return filesIn(shop.folder()).filter(file -> file.toString().endsWith(end)).toList();
  }

  private static List<Path> files(Path folder, String prefix) throws IOException {
    return filesIn(folder)
        .filter(file -> file.getFileName().toString().startsWith(prefix))
        .toList();
  }

  /** Also of a folder in which a server makes and removes its own while one looks. */
  static Stream<Path> filesIn(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    return files.stream();
  }
}
