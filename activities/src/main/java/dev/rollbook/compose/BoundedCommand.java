package dev.rollbook.compose;

import dev.rollbook.Elapsed;
import dev.rollbook.local.ServiceVariables;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One run of a program that ends in time, whatever happens: its whole process tree ends with it.
 */
final class BoundedCommand {

  private static final long MOST_BYTES = 16 * 1024 * 1024;
  private static final long LOOK_EVERY_MILLIS = 200;
  private static final int WORDS = 2_000;

  private final List<String> argv;
  private final Path directory;
  private final Map<String, String> environment;

  /**
   * @param environment added to this process's own, of which what configures Rollbook is left out
   */
  BoundedCommand(List<String> argv, Path directory, Map<String, String> environment) {
    this.argv = List.copyOf(argv);
    this.directory = directory;
    this.environment = Map.copyOf(environment);
  }

  /**
   * @param exitCode of the program itself
   */
  record Answer(int exitCode, String out, String err) {

    /** The end of what it said about its failure. */
    String words() {
      String said = (err.isBlank() ? out : err).strip();
      return said.length() <= WORDS ? said : "…" + said.substring(said.length() - WORDS);
    }
  }

  /**
   * @param whileWaiting called at least every second; what it throws ends the program
   * @throws IOException when it cannot be started, is not done in time or says too much
   */
  Answer run(Duration within, Runnable whileWaiting) throws IOException {
    Path outFile = Files.createTempFile("rollbook-compose", ".out");
    Path errFile = Files.createTempFile("rollbook-compose", ".err");
    try (RandomAccessFile out = new RandomAccessFile(outFile.toFile(), "r");
        RandomAccessFile err = new RandomAccessFile(errFile.toFile(), "r")) {
      Process process;
      try {
        process = started(outFile, errFile);
      } finally {
        // both keep them open: a kill of ours leaves nothing behind of what Compose says of secrets
        Files.deleteIfExists(outFile);
        Files.deleteIfExists(errFile);
      }
      try {
        process.getOutputStream().close();
        await(process, within, whileWaiting, out, err);
      } finally {
        end(process);
      }
      return new Answer(process.exitValue(), text(out), text(err));
    }
  }

  private Process started(Path out, Path err) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(argv).directory(directory.toFile());
    ServiceVariables.forgetOurs(builder.environment());
    builder.environment().putAll(environment);
    return builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
  }

  private void await(
      Process process,
      Duration within,
      Runnable whileWaiting,
      RandomAccessFile out,
      RandomAccessFile err)
      throws IOException {
    long until = System.nanoTime() + within.toNanos();
    try {
      // this process may have been frozen between the decision to start it and now
      whileWaiting.run();
      while (!process.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
        whileWaiting.run();
        if (out.length() > MOST_BYTES || err.length() > MOST_BYTES) {
          throw new IOException(
              describe() + " said more than " + (MOST_BYTES >> 20) + " MB and was ended");
        }
        if (System.nanoTime() > until) {
          String said = new Answer(-1, text(out), text(err)).words();
          throw new IOException(
              describe()
                  + " was not done within "
                  + Elapsed.describe(within)
                  + " and was ended"
                  + (said.isEmpty() ? "" : ": " + said));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + describe() + " ran", e);
    }
  }

  /** Descendants first: with their parent gone they would not be found any more. */
  private static void end(Process process) {
    if (!process.isAlive()) {
      return; // they have another parent by now; to look for them costs more than a short program
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  String describe() {
    return "'" + String.join(" ", argv) + "'";
  }

  private static String text(RandomAccessFile file) throws IOException {
    byte[] read = new byte[(int) Math.min(file.length(), MOST_BYTES)];
    file.seek(0);
    file.readFully(read);
    return new String(read, StandardCharsets.UTF_8);
  }
}
