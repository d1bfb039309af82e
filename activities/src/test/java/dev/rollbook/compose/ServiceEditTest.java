package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.rollbook.compose.ComposePin.Pin;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The edit of B3 on a corpus of files as people write them, judged by Compose v1 and v2. */
@Timeout(120)
class ServiceEditTest {

  private static final String PIN = "rollback/shop:20261123-051748";
  private static final String WHY = "rolled back on 2026-11-23 05:17 UTC";

  private static final Map<String, UnaryOperator<String>> SHAPES =
      Map.of(
          "as it is", text -> text,
          "CRLF", text -> text.replace("\n", "\r\n"),
          "byte order mark", text -> "\ufeff" + text,
          "no final newline", text -> text.replaceFirst("\n\\z", ""),
          "CRLF, no final newline", text -> text.replaceFirst("\n\\z", "").replace("\n", "\r\n"));

  @TempDir Path folder;

  static Stream<Path> corpus() throws IOException, URISyntaxException {
    Path files = Path.of(ServiceEditTest.class.getResource("corpus").toURI());
    try (Stream<Path> all = Files.list(files)) {
      return all.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void all_but_the_edited_lines_stay_byte_for_byte(Path nasty) throws Exception {
    for (Map.Entry<String, UnaryOperator<String>> shape : SHAPES.entrySet()) {
      String before = shape.getValue().apply(Files.readString(nasty));

      String after = edit(before);

      assertThat(undone(lines(before), lines(after))).as(shape.getKey()).isEqualTo(before);
      assertThat(edit(after)).as("%s, edited again", shape.getKey()).isEqualTo(after);
    }
  }

  @ParameterizedTest
  @MethodSource("corpus")
  @NeedsCompose
  void v1_and_v2_see_the_pin_and_no_build_and_all_else_as_before(Path nasty) throws Exception {
    // a half of them each: v1 takes its time
    String shape =
        nasty.getFileName().toString().length() % 2 == 0 ? "as it is" : "CRLF, no final newline";
    Path file = folder.resolve("docker-compose.yml");
    Files.createDirectories(folder.resolve("shop"));
    Files.createDirectories(folder.resolve("gateway"));
    Files.writeString(file, SHAPES.get(shape).apply(Files.readString(nasty)));
    ComposeFiles project =
        new ComposeFiles(folder, List.of(file), Optional.of("corpus"), List.of("shop"), List.of());
    List<Map<String, Object>> before = configs(project);

    ComposeFilePin pin = new ComposeFilePin(project, "shop", PIN, WHY, folder.resolve("backups"));
    PinPlan plan = pin.plan(Pin.EDIT, List.of(), () -> {});
    assertThat(plan.how()).as(plan.reason()).isEqualTo(Pin.EDIT);
    pin.apply("plan", plan);

    List<Map<String, Object>> after = configs(project);
    for (int i = 0; i < before.size(); i++) {
      Map<String, Object> was = service(before.get(i));
      Map<String, Object> is = service(after.get(i));
      assertThat(is).containsEntry("image", PIN).doesNotContainKey("build");
      assertThat(is.get("pull_policy")).isIn(null, "never");
      for (Map<String, Object> each : List.of(was, is)) {
        List.of("image", "build", "pull_policy").forEach(each::remove);
      }
      assertThat(after.get(i)).isEqualTo(before.get(i));
    }
  }

  private static String edit(String text) throws UnsafeEdit {
    ComposeText read = ComposeText.read(text.getBytes(StandardCharsets.UTF_8));
    byte[] edited = new ServiceEdit(read, new ImageLine(PIN, WHY, false, false)).pin("shop");
    return new String(edited, StandardCharsets.UTF_8);
  }

  /** The original again: comment signs taken away, the image put back. */
  private static String undone(List<String> before, List<String> after) {
    StringBuilder undone = new StringBuilder();
    int old = 0;
    for (String line : after) {
      String was = old < before.size() ? before.get(old) : "";
      if (line.equals(was)) {
        undone.append(line);
      } else if (line.replaceFirst("# ", "").equals(was)) {
        undone.append(was);
      } else if (line.contains(PIN) && line.contains("; was ")) {
        assertThat(line).startsWith(was.substring(0, was.indexOf(':') + 1));
        assertThat(end(line)).isEqualTo(end(was));
        if (was.contains("#")) {
          assertThat(line).endsWith(was.substring(was.indexOf('#')));
        }
        undone.append(was);
      } else if (line.contains("image: " + PIN)) {
        assertThat(line).as("an inserted line").matches(Pattern.compile(" +image: .*\r?\n"));
        continue;
      } else {
        fail("neither kept nor an edit: '%s' for '%s'", line, was);
      }
      old++;
    }
    return undone.toString();
  }

  private static String end(String line) {
    return line.endsWith("\r\n") ? "\r\n" : line.endsWith("\n") ? "\n" : "";
  }

  private static List<String> lines(String text) {
    return new ArrayList<>(List.of(text.split("(?<=\n)")));
  }

  private static List<Map<String, Object>> configs(ComposeFiles project) throws IOException {
    List<Map<String, Object>> configs = new ArrayList<>();
    for (ComposeCommand compose : Composes.both()) {
      configs.add(map(new Load(settings()).loadFromString(compose.config(project, () -> {}))));
    }
    return configs;
  }

  private static LoadSettings settings() {
    return LoadSettings.builder().build();
  }

  private static Map<String, Object> service(Map<String, Object> config) {
    return map(map(config.get("services")).get("shop"));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object object) {
    return (Map<String, Object>) Objects.requireNonNull(object);
  }
}
