package dev.rollbook;

import com.fasterxml.jackson.core.JacksonException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A file to which records are appended, one JSON text a line. A line without an end is what a crash
 * left of an append: it does not count, and the next append removes it.
 */
public final class JsonLines<T> {

  private static final Duration LOCK_WITHIN = Duration.ofSeconds(10);

  /** File locks are the process's; its threads wait here. */
  private static final Object WRITERS = new Object();

  private final Path file;
  private final Class<T> type;

  public JsonLines(Path file, Class<T> type) {
    this.file = file;
    this.type = type;
  }

  /**
   * @throws IOException naming the line that cannot be read: what it withdrew is unknown, so that
   *     no answer would be safe
   */
  public List<T> read() throws IOException {
    try {
      return parse(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /**
   * Appends what the function wants, given the records there are, safely on disk when it returns.
   * Other processes wait meanwhile.
   *
   * @return how many were appended
   */
  public int append(Function<List<T>, List<T>> wanted) throws IOException {
    Files.createDirectories(file.getParent());
    synchronized (WRITERS) {
      // a file of its own: closing any reader of a file ends the process's lock on it
      Path locked = file.resolveSibling(file.getFileName() + ".lock");
      try (FileChannel lockChannel = open(locked);
          FileLock lock = lock(lockChannel);
          FileChannel channel = open(file)) {
        assert lock.isValid();
        byte[] content = Files.readAllBytes(file);
        List<T> records = wanted.apply(parse(content));
        if (!records.isEmpty()) {
          channel.truncate(wholeLines(content));
          channel.position(wholeLines(content));
          ByteBuffer lines = ByteBuffer.wrap(lines(records));
          try {
            while (lines.hasRemaining()) {
              channel.write(lines);
            }
            channel.force(true);
          } catch (IOException e) {
            channel.truncate(wholeLines(content));
            throw e;
          }
        }
        return records.size();
      }
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private FileLock lock(FileChannel channel) throws IOException {
    long deadline = System.nanoTime() + LOCK_WITHIN.toNanos();
    while (System.nanoTime() < deadline) {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while waiting for the lock of " + file, e);
      }
    }
    throw new IOException(
        "Another process has had " + file + " locked for " + LOCK_WITHIN.toSeconds() + " s");
  }

  private List<T> parse(byte[] content) throws IOException {
    List<T> records = new ArrayList<>();
    String whole = new String(content, 0, wholeLines(content), StandardCharsets.UTF_8);
    int number = 0;
    for (String line : whole.lines().toList()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      try {
        records.add(Payloads.mapper().readValue(line, type));
      } catch (JacksonException e) {
        throw new IOException(
            "Line "
                + number
                + " of "
                + file
                + " cannot be read ("
                + e.getOriginalMessage()
                + "); mend the line, or move the file away to begin a new one",
            e);
      }
    }
    return records;
  }

  private static int wholeLines(byte[] content) {
    int length = content.length;
    while (length > 0 && content[length - 1] != '\n') {
      length--;
    }
    return length;
  }

  private byte[] lines(List<T> records) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (T each : records) {
      lines.write(Payloads.mapper().writeValueAsBytes(each));
      lines.write('\n');
    }
    return lines.toByteArray();
  }
}
