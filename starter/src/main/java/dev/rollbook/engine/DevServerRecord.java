package dev.rollbook.engine;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.rollbook.Payloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Optional;

/** {@code engine.json}: the dev server that serves a state directory. */
@JsonIgnoreProperties(ignoreUnknown = true)
record DevServerRecord(int port, int uiPort, Instant startedAt) {

  static final DevServerRecord NONE = new DevServerRecord(0, 0, null);

  /** Empty when there is none, or one that a crash has cut off. */
  static Optional<DevServerRecord> read(Path file) {
    try {
      return Optional.of(Payloads.mapper().readValue(file.toFile(), DevServerRecord.class));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void write(Path file) throws IOException {
    Path whole = file.resolveSibling(file.getFileName() + ".new");
    Files.write(whole, Payloads.mapper().writeValueAsBytes(this));
    Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
