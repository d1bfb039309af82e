package dev.rollbook.escalation;

import dev.rollbook.JsonLines;
import dev.rollbook.Payloads;
import dev.rollbook.WholeFile;
import dev.rollbook.escalation.Announcements.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * A folder that a web server shows: {@code status.json} with the incidents, newest first, and a
 * Markdown page for each. What was said is kept in {@code .announced.jsonl} there, by which every
 * worker that shares the folder finds its incident again.
 */
public final class FileBoard implements Board {

  private static final String RECORD = ".announced.jsonl";

  private final String name;
  private final Path folder;
  private final Clock clock;

  public FileBoard(String name, Path folder, Clock clock) {
    this.name = name;
    this.folder = folder;
    this.clock = clock;
  }

  @Override
  public void say(Announcement announcement, Runnable whileWaiting) {
    whileWaiting.run();
    try {
      new JsonLines<>(folder.resolve(RECORD), Posting.class)
          .append(known -> posted(known, announcement));
    } catch (IOException | UncheckedIOException e) {
      throw Delivery.busy(
          "board " + name, folder + " could not be written: " + e.getMessage(), null);
    }
  }

  /** The pages first: what the record says, they say too. */
  private List<Posting> posted(List<Posting> known, Announcement announcement) {
    List<Posting> of =
        known.stream().filter(each -> each.id().equals(announcement.marker())).toList();
    boolean isLate =
        !of.isEmpty() && !announcement.state().isNewsAfter(of.get(of.size() - 1).state());
    boolean closesNothing = of.isEmpty() && announcement.state() == State.RESOLVED;
    if (isLate || closesNothing) {
      return List.of();
    }
    Posting posting = Posting.of(announcement, clock.instant());
    List<Posting> all = new ArrayList<>(known);
    all.add(posting);
    StatusPage page = new StatusPage(all);
    try {
      write("status.json", Payloads.mapper().writeValueAsString(page.json()));
      write(posting.id() + ".md", page.markdown(posting.id()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of(posting);
  }

  /** Readers see the old text or the new one. */
  private void write(String file, String text) throws IOException {
    Path half = Files.createTempFile(folder, ".", ".half");
    try {
      half.toFile().setReadable(true, false);
      WholeFile.write(half, folder.resolve(file), (text + "\n").getBytes(StandardCharsets.UTF_8));
    } finally {
      Files.deleteIfExists(half);
    }
  }
}
