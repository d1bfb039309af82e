package dev.rollbook.compose;

import dev.rollbook.Failures;
import dev.rollbook.Payloads;
import dev.rollbook.PlanFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * One change of one file that can be taken back: {@code <backups>/<plan id>/} holds what stood
 * there before and what is written, and is on disk before the file is touched.
 */
final class PinnedFile {

  private static final String OWNERSHIP = "unix:uid,gid,mode";

  private final PlanFiles kept;

  PinnedFile(Path backups, String planId) {
    this.kept = new PlanFiles(backups.resolve(planId));
  }

  /**
   * @param file with its links followed
   * @param existed false when the change makes the file
   * @param like a file whose mode and owner a new one gets
   */
  public record Note(String file, boolean existed, String like) {}

  boolean isKept() {
    return kept.has("pin.json");
  }

  /**
   * @param before empty when there is no file yet
   */
  void keep(Path file, Optional<byte[]> before, byte[] after, Path like) throws IOException {
    if (before.isPresent()) {
      kept.write("before", before.get());
    }
    kept.write("after", after);
    Note note = new Note(real(file).toString(), before.isPresent(), real(like).toString());
    kept.write("pin.json", Payloads.mapper().writeValueAsBytes(note));
  }

  /** Writes what is kept, unless it stands there already. */
  boolean write() throws IOException {
    Note note = note();
    return change(note, before(note), kept.read("after"));
  }

  boolean putBack() throws IOException {
    Note note = note();
    return change(note, kept.read("after"), before(note));
  }

  private boolean change(Note note, Optional<byte[]> from, Optional<byte[]> to) throws IOException {
    Path file = Path.of(note.file());
    Optional<byte[]> now = read(file);
    if (same(now, to)) {
      // of a change that was cut off, and that is not wanted any more
      Files.deleteIfExists(part(file));
      return false;
    }
    if (!same(now, from)) {
      throw changed(file);
    }
    if (to.isEmpty()) {
      Files.delete(file);
      sync(file.getParent());
    } else {
      replace(file, to.get(), note.existed() ? file : Path.of(note.like()), note.existed());
    }
    return true;
  }

  static RuntimeException changed(Path file) {
    return Failures.hopeless(
        "FileChanged",
        file
            + " was changed by somebody else meanwhile; it is left as it is now. Look at it, then"
            + " start again.");
  }

  /** At once: who reads the file sees the old one or the new one, whole. */
  private static void replace(Path file, byte[] bytes, Path like, boolean sameOwner)
      throws IOException {
    Path part = part(file);
    try {
      // with all it has: mode, owner, extended attributes
      Files.copy(
          like, part, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
      write(part, bytes);
      if (sameOwner && !ownership(part).equals(ownership(file))) {
        throw Failures.hopeless(
            "PermissionDenied",
            file
                + " belongs to "
                + Files.getOwner(file)
                + ", and a new one could not be given to them; choose the override file, or run"
                + " the worker as that user.");
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
    sync(file.getParent());
  }

  private static Path part(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".rollbook");
  }

  static Path real(Path file) throws IOException {
    return Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
  }

  static Optional<byte[]> read(Path file) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static boolean same(Optional<byte[]> one, Optional<byte[]> other) {
    return one.isPresent() == other.isPresent()
        && (one.isEmpty() || Arrays.equals(one.get(), other.get()));
  }

  private Note note() throws IOException {
    return Payloads.mapper().readValue(kept.file("pin.json").toFile(), Note.class);
  }

  private Optional<byte[]> before(Note note) throws IOException {
    return note.existed() ? kept.read("before") : Optional.empty();
  }

  private static Map<String, Object> ownership(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? Files.readAttributes(file, OWNERSHIP)
        : Map.of();
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  /** So that the name is on disk too. */
  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
