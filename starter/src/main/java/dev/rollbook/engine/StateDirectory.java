package dev.rollbook.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The directory an embedded engine keeps its files in; git leaves it alone. */
record StateDirectory(Path path) {

  private static final Duration LOCKED_WITHIN = Duration.ofSeconds(90);

  static StateDirectory at(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      Files.createDirectories(absolute);
      Path ignore = absolute.resolve(".gitignore");
      if (Files.notExists(ignore)) {
        Files.writeString(ignore, "*\n");
      }
      return new StateDirectory(absolute.toRealPath());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Rollbook's state directory " + absolute + " cannot be written; make it writable", e);
    }
  }

  Path file(String name) {
    return path.resolve(name);
  }

  /** Does it while no other process starts, joins or leaves the engine of this directory. */
  <T> T alone(Work<T> work) {
    Path file = file("engine.lock");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (!await(LOCKED_WITHIN, () -> tryLock(channel) != null)) {
        throw new IllegalStateException(
            "Another process has held %s for %d s; end it, and try again"
                .formatted(file, LOCKED_WITHIN.toSeconds()));
      }
      return work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The embedded engine in " + path + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** Null when another process, or another user in this one, holds it. */
  static FileLock tryLock(FileChannel channel) {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** True as soon as the condition holds, false when it has not held in time. */
  static boolean await(Duration atMost, BooleanSupplier condition) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    return true;
  }

  interface Work<T> {
    T run() throws IOException;
  }
}
