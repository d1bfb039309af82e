package dev.rollbook;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Requests and pinned plans of runs as files: {@code <state>/runs/<environment>/<service>.json},
 * the newest run of each service. What an engine that keeps nothing would forget is started again
 * from here.
 */
public final class RunJournalFiles implements RunJournal {

  private final Path runs;
  private final String engine;

  /**
   * @param engine what the runs run on; only the same kind of engine starts them again
   */
  public RunJournalFiles(Path state, String engine) {
    this.runs = state.resolve("runs");
    this.engine = engine;
  }

  /**
   * One run.
   *
   * @param request with the plan, once there is one
   * @param result null while it is unfinished
   */
  public record Entry(RollbackRequest request, String engine, Instant since, Run result) {

    public boolean isUnfinished() {
      return result == null;
    }
  }

  /** Called before the run is started. */
  public void keepRequest(RollbackRequest request) throws IOException {
    write(new Entry(request, engine, Instant.now(), null));
  }

  /** The request came to nothing: there is no run to start again. */
  public void forget(RollbackRequest request) throws IOException {
    Files.deleteIfExists(file(request.service(), request.environment()));
  }

  @Override
  public StepReport keepPlan(RollbackRequest request, Plan plan) {
    Entry entry = new Entry(request.begunWith(plan), engine, Instant.now(), null);
    try {
      write(entry);
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
    Path file = file(request.service(), request.environment());
    return StepReport.done("kept in " + file, null, Heartbeat.attempt());
  }

  @Override
  public void close(Run run) {
    try {
      Optional<Entry> entry = find(run.service(), run.environment());
      RollbackRequest request =
          entry.map(Entry::request).orElse(RollbackRequest.of(run.service(), run.environment()));
      write(new Entry(request, engine, run.startedAt(), run));
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  public Optional<Entry> find(String service, String environment) throws IOException {
    try {
      return Optional.of(read(file(service, environment)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The newest run of every service. */
  public List<Entry> all() throws IOException {
    if (!Files.isDirectory(runs)) {
      return List.of();
    }
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.walk(runs, 2)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        entries.add(read(file));
      }
    }
    return entries;
  }

  private Path file(String service, String environment) {
    return runs.resolve(environment).resolve(service + ".json");
  }

  private static Entry read(Path file) throws IOException {
    byte[] entry = Files.readAllBytes(file);
    try {
      return Payloads.mapper().readValue(entry, Entry.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "The record of a run in %s cannot be read (%s); move it away, and look whether that run ended"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
  }

  /** A crash, of the machine too, leaves the old file or the new one, and a part of ours. */
  private synchronized void write(Entry entry) throws IOException {
    Path file = file(entry.request().service(), entry.request().environment());
    Files.createDirectories(file.getParent());
    removeLeftovers(file);
    Path part = part(file, ProcessHandle.current().pid());
    try {
      WholeFile.write(part, file, Payloads.mapper().writeValueAsBytes(entry));
    } catch (IOException e) {
      // that of a full disk does not name the file
      throw new IOException(file + " could not be written: " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static Path part(Path file, long pid) {
    return file.resolveSibling(file.getFileName() + "." + pid + ".part");
  }

  /** The parts of processes that were killed while they wrote. */
  private static void removeLeftovers(Path file) throws IOException {
    String parts = file.getFileName() + ".*.part";
    try (DirectoryStream<Path> left = Files.newDirectoryStream(file.getParent(), parts)) {
      for (Path part : left) {
        String[] name = part.getFileName().toString().split("\\.");
        if (ProcessHandle.of(Long.parseLong(name[name.length - 2])).isEmpty()) {
          Files.deleteIfExists(part);
        }
      }
    }
  }
}
