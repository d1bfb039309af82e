package dev.rollbook.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The kernel's own table of listening ports, where it shows one (Linux). It answers at once;
 * looking for a port's owner means looking at every open file of every process.
 */
final class ListeningPorts {

  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final String LISTENS = "0A";

  private ListeningPorts() {}

  /**
   * True only when the table says so twice; false also when there is none. It is read in pieces: a
   * line may be missed when others come and go meanwhile.
   */
  static boolean areWithout(int port) {
    return isNotListed(port) && isNotListed(port);
  }

  private static boolean isNotListed(int port) {
    String suffix = ":%04X".formatted(port);
    try {
      boolean told = false;
      for (Path table : TABLES) {
        if (Files.exists(table)) { // a machine without IPv6 has one table
          told = true;
          if (Files.readAllLines(table).stream().anyMatch(line -> listens(line, suffix))) {
            return false;
          }
        }
      }
      return told;
    } catch (IOException e) {
      return false;
    }
  }

  /** A line: number, local address, remote address, state, ... */
  private static boolean listens(String line, String suffix) {
    String[] words = line.strip().split("\\s+", 5);
    return words.length == 5 && words[1].endsWith(suffix) && words[3].equals(LISTENS);
  }
}
