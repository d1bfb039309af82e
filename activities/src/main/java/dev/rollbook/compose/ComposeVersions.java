package dev.rollbook.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What programs say when asked for their version. Compose v1 takes half a second to say it, so one
 * that stands alone is asked again only when its file was replaced, or after a while, should it be
 * a mere doorway to another; the plugin is asked each time, since it comes and goes without a
 * change to {@code docker}.
 */
final class ComposeVersions {

  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final long BELIEVED_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final Map<Path, Known> known = new ConcurrentHashMap<>();

  private record Stamp(FileTime changed, long bytes) {

    static Stamp of(Path program) throws IOException {
      return new Stamp(Files.getLastModifiedTime(program), Files.size(program));
    }
  }

  private record Known(Stamp stamp, String words, long askedAt) {

    boolean holds(Stamp now) {
      return stamp.equals(now) && System.nanoTime() - askedAt < BELIEVED_NANOS;
    }
  }

  /**
   * Empty when it refuses.
   *
   * @param environment added to this process's own
   * @throws IOException when it cannot be started, or does not answer in time
   */
  Optional<String> said(
      List<String> program, Map<String, String> environment, Runnable whileWaiting)
      throws IOException {
    if (program.size() > 1) {
      return ask(program, environment, whileWaiting);
    }
    Path file = Path.of(program.get(0));
    Stamp stamp = Stamp.of(file);
    Known before = known.get(file);
    if (before != null && before.holds(stamp)) {
      return Optional.of(before.words);
    }
    Optional<String> words = ask(program, environment, whileWaiting);
    words.ifPresent(said -> known.put(file, new Known(stamp, said, System.nanoTime())));
    return words;
  }

  private static Optional<String> ask(
      List<String> program, Map<String, String> environment, Runnable whileWaiting)
      throws IOException {
    List<String> argv = new ArrayList<>(program);
    argv.add("version");
    BoundedCommand.Answer answer =
        new BoundedCommand(argv, Path.of("/"), environment).run(WITHIN, whileWaiting);
    return answer.exitCode() == 0 ? Optional.of(answer.out()) : Optional.empty();
  }
}
