package dev.rollbook.aftermath;

import dev.rollbook.WholeFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files {@code YYYY/MM/TS-YYYYMMDD-XXX-title.md} of one day, XXX counting from 001. */
final class ReportFiles {

  private static final DateTimeFormatter FOLDER =
      DateTimeFormatter.ofPattern("yyyy/MM").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("'TS-'yyyyMMdd").withZone(ZoneOffset.UTC);
  private static final Pattern NUMBER = Pattern.compile("TS-[0-9]{8}-([0-9]{3,8})-");
  private static final int FRONT_MATTER_LINES = 64;

  private final Path folder;
  private final String day;

  ReportFiles(Path root, Instant started) {
    this.folder = root.resolve(FOLDER.format(started)).toAbsolutePath().normalize();
    this.day = DAY.format(started);
  }

  /** The report whose front matter has this line, whatever a person did to the rest. */
  Optional<Path> find(String frontMatterLine) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> reports = Files.newDirectoryStream(folder, day + "-*.md")) {
      for (Path report : reports) {
        if (hasLine(report, frontMatterLine)) {
          return Optional.of(report);
        }
      }
    }
    return Optional.empty();
  }

  /** {@code TS-20260118-001} of a report's file name. */
  static String id(Path report) {
    String name = report.getFileName().toString();
    Matcher id = NUMBER.matcher(name);
    return id.lookingAt() ? name.substring(0, id.end() - 1) : name;
  }

  interface Content {
    String of(String id);
  }

  /**
   * Writes a new report under the day's next free number.
   *
   * <p>The number is taken by creating a file that names it alone, since two reports with different
   * titles would not collide. It is looked for again once taken: whoever had it before has written
   * the report by then. What a crash leaves is found by the same run.
   *
   * @param ownLine the line of the front matter that no other run's report has; a report that an
   *     earlier attempt finishes meanwhile is returned as it is
   */
  Path create(String ownLine, String slug, Content content) throws IOException {
    Files.createDirectories(folder);
    for (int number = highest() + 1; ; number++) {
      String id = day + "-" + String.format("%03d", number);
      Path claim = folder.resolve("." + id);
      if (hasReport(id) || !claim(claim, ownLine)) {
        continue;
      }
      try {
        Optional<Path> other = find(ownLine);
        if (other.isPresent()) {
          return other.get();
        }
        if (!hasReport(id)) {
          Path report = folder.resolve(id + "-" + slug + ".md");
          replace(report, content.of(id));
          return report;
        }
      } finally {
        Files.deleteIfExists(claim);
      }
    }
  }

  /** Readers see the old content or the new, also after a crash. */
  void replace(Path report, String content) throws IOException {
    Path folder = report.getParent();
    String prefix = "." + report.getFileName() + ".";
    removeLeftovers(folder, prefix);
    Path temporary = folder.resolve(prefix + UUID.randomUUID() + ".tmp");
    try {
      WholeFile.write(temporary, report, content.getBytes(StandardCharsets.UTF_8));
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void removeLeftovers(Path folder, String prefix) throws IOException {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(
            folder,
            file ->
                file.getFileName().toString().startsWith(prefix)
                    && file.getFileName().toString().endsWith(".tmp"))) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  private int highest() throws IOException {
    int highest = 0;
    try (DirectoryStream<Path> reports = Files.newDirectoryStream(folder, day + "-*.md")) {
      for (Path report : reports) {
        Matcher name = NUMBER.matcher(report.getFileName().toString());
        if (name.lookingAt()) {
          highest = Math.max(highest, Integer.parseInt(name.group(1)));
        }
      }
    }
    return highest;
  }

  private boolean hasReport(String id) throws IOException {
    try (DirectoryStream<Path> reports = Files.newDirectoryStream(folder, id + "-*.md")) {
      return reports.iterator().hasNext();
    }
  }

  private static boolean claim(Path claim, String owner) throws IOException {
    try {
      Files.writeString(claim, owner, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return true;
    } catch (FileAlreadyExistsException e) {
      try {
        return Files.readString(claim).equals(owner);
      } catch (NoSuchFileException gone) {
        return false;
      }
    } catch (IOException e) {
      // a full disk takes the name and not the content
      Files.deleteIfExists(claim);
      throw e;
    }
  }

  private static boolean hasLine(Path report, String line) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(report), StandardCharsets.UTF_8))) {
      for (int i = 0; i < FRONT_MATTER_LINES; i++) {
        String read = reader.readLine();
        if (read == null || i > 0 && read.strip().equals("---")) {
          return false;
        }
        if (read.strip().equals(line)) {
          return true;
        }
      }
      return false;
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
