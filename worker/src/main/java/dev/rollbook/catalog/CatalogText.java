package dev.rollbook.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the catalog's file: a plain UTF-8 file of a sane size. */
final class CatalogText {

  /** Hundreds of services fit; a log file given by mistake does not. */
  static final int MOST_BYTES = 1 << 20;

  private CatalogText() {}

  static String read(Path file) throws InvalidCatalog {
    if (Files.isDirectory(file)) {
      throw whole(file, "this is a directory; name the file in it");
    }
    if (!Files.exists(file)) {
      throw whole(file, "there is no such file");
    }
    // A pipe or a device could keep us waiting for ever.
    if (!Files.isRegularFile(file)) {
      throw whole(file, "this is not a regular file");
    }
    return decode(file, bytes(file));
  }

  private static byte[] bytes(Path file) throws InvalidCatalog {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw whole(
            file,
            "the file is larger than " + (MOST_BYTES >> 20) + " MB; is it really the catalog?");
      }
      return bytes;
    } catch (AccessDeniedException e) {
      throw whole(file, "the file may not be read by this user");
    } catch (IOException e) {
      throw whole(file, "the file cannot be read: " + e.getMessage());
    }
  }

  private static String decode(Path file, byte[] bytes) throws InvalidCatalog {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    boolean isMalformed = StandardCharsets.UTF_8.newDecoder().decode(in, out, true).isError();
    out.flip();
    if (isMalformed) {
      throw InvalidCatalog.because(
          file,
          placeAfter(out.codePoints().toArray(), out.toString().codePointCount(0, out.length())),
          "not UTF-8 from here on; save the file as UTF-8");
    }
    String text = out.toString();
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /** Where one stands after so many code points. */
  static Place placeAfter(int[] codePoints, int count) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < count; i++) {
      column++;
      if (codePoints[i] == '\n') {
        line++;
        column = 1;
      }
    }
    return new Place(line, column);
  }

  private static InvalidCatalog whole(Path file, String message) {
    return InvalidCatalog.because(file, Place.START, message);
  }
}
