package dev.rollbook.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Everything of a demo lies in one folder, which is known as the demo's by a file in it. */
record DemoFolder(Path path) {

  private static final String MARKER = ".rollbook-demo";

  void make(String section) throws IOException {
    Files.createDirectories(path);
    Files.writeString(
        path.resolve(MARKER),
        section + ": made by `rollbook demo`; `rollbook demo --clean` removes it\n");
  }

  boolean exists() {
    return Files.exists(path);
  }

  /** Which section's demo it is. */
  String section() throws IOException {
    return Files.readString(path.resolve(MARKER)).split(":", 2)[0];
  }

  void refuseUnlessOurs() {
    if (!Files.exists(path.resolve(MARKER))) {
      throw new Refusal(
          ExitCodes.USAGE, path + " was not made by `rollbook demo`: it is left alone");
    }
  }

  void remove() throws IOException {
    refuseUnlessOurs();
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
