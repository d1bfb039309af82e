package dev.rollbook.cli;

import dev.rollbook.local.Command;
import dev.rollbook.local.DetachedJob;
import dev.rollbook.local.LocalEnvironment;
import dev.rollbook.local.MachineProcesses;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** {@code rollbook demo local}: a git repository, and a process. */
final class LocalDemo extends Demo {

  private static final String ENVIRONMENT = "local";
  private static final int PORT = 8083;
  private static final long ENDED_SECONDS = 5;

  private final MachineProcesses machine = new MachineProcesses();

  LocalDemo(DemoFolder folder, boolean json) {
    super(folder, ENVIRONMENT, json);
  }

  @Override
  Path prepare() throws IOException, InterruptedException {
    terminal.say(terminal.bold("1. A git repository with three releases, the third broken"));
    Path repository = folder.path().resolve("repository");
    new DemoRepository(repository).create();
    terminal.say("   " + repository);
    String text =
        DemoRepository.resource("rollbook.yaml")
            .replace("@port@", String.valueOf(freePort(PORT)))
            .replace("@jdk@", System.getProperty("java.home"));
    return Files.writeString(folder.path().resolve("rollbook.yaml"), text);
  }

  @Override
  void deploy(Path catalog) throws IOException, InterruptedException {
    LocalEnvironment local = environment(catalog);
    finish(local.build(), job("deploy/build"), local);
    job("deploy/start").startOnce(local.start(), local.variables());
  }

  @Override
  void show(Path catalog) {
    URI health = environment(catalog).health().url();
    List.of(health, health.resolve("/api/v1/products")).forEach(this::show);
  }

  @Override
  String whereabouts(Path catalog) {
    return environment(catalog).health().url().toString();
  }

  @Override
  void end() throws IOException, InterruptedException {
    List<Path> jobs;
    try (Stream<Path> files = Files.walk(folder.path())) {
      jobs = files.filter(f -> f.endsWith("pid")).map(Path::getParent).toList();
    }
    for (Path job : jobs) {
      for (ProcessHandle process : new DetachedJob(job, machine).processes()) {
        process.destroy();
        try {
          process.onExit().get(ENDED_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
          process.destroyForcibly();
        }
      }
    }
  }

  private static void finish(Command build, DetachedJob job, LocalEnvironment local)
      throws IOException, InterruptedException {
    job.startOnce(build, local.variables());
    long until = System.nanoTime() + build.within().toNanos();
    while (job.exitCode().isEmpty() && System.nanoTime() < until) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    if (job.exitCode().orElse(-1) != 0) {
      throw new IOException("the demo's build failed: " + Files.readString(job.output()));
    }
  }

  private DetachedJob job(String name) {
    return new DetachedJob(folder.path().resolve(name), machine);
  }

  private static LocalEnvironment environment(Path catalog) {
    return CatalogOption.read(catalog).localEnvironments().find(SERVICE, ENVIRONMENT);
  }
}
