package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are no catalog, by mistake or on purpose. */
class HostileCatalogTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "''|1:1|the file is empty; begin with 'version: 1' and 'services:'",
        "# nothing|1:1|the file is empty; begin with 'version: 1' and 'services:'",
        "~|1:1|the file is not a mapping; begin with 'version: 1' and 'services:'",
        "%n- a|2:1|the file is not a mapping; begin with 'version: 1' and 'services:'",
        "a: 1%n--- %nb: 2|2:1|a second document begins; a catalog is a single one",
        "version: 1%n\tservices: {}|2:1|not YAML: found character '\\t(TAB)' that cannot start any"
            + " token. (Do not use \\t(TAB) for indentation)",
        "version: 1%nservices: [|2:12|not YAML: expected the node content, but found '<stream end>'",
        "version: *a|1:10|no such anchor before; a text that begins with '*' needs quotes",
        "a: !b!c d|1:4|not YAML: undefined tag handle; a text that begins with '!' needs quotes",
        "a: \u0007|1:4|the character U+0007 cannot stand in YAML",
        "🛒: %n🛒🛒\u0007|2:3|the character U+0007 cannot stand in YAML",
        "a: &x {!!merge <<: *x}|1:8|merge keys are not of YAML 1.2; write the keys out",
        "a: &x {b: *x}|1:8|the aliases (*) nest more than 32 deep",
      })
  void what_is_no_catalog_is_refused_with_its_place(String text, String place, String message) {
    assertThat(catalogs.lines(text.replace("%n", "\n")))
        .containsExactly("rollbook.yaml:" + place + ": " + message);
  }

  @Test
  void tags_other_keys_than_names_and_merge_keys_are_refused() {
    assertThat(catalogs.lines("version: !x 1\n? [a]\n: b\n<<: {}\nservices: !!set {a}\n"))
        .contains(
            "rollbook.yaml:1:10: version: tags are not used here; a text that begins with '!' needs"
                + " quotes",
            "rollbook.yaml:2:3: a key must be a plain name",
            "rollbook.yaml:4:1: unknown key '<<'. YAML 1.2 has no merge keys; write the keys out. Allowed: version,"
                + " reports, channels, roles, escalation, decision, prometheus, evidence,"
                + " guards, links, announcements, serve, alerts, services",
            "rollbook.yaml:5:11: services: tags are not used here; leave the '!…' out");
  }

  @Test
  void a_file_that_cannot_be_read_says_why() throws Exception {
    Path isLatin1 = catalogs.write("# é\nversion: ü".getBytes(StandardCharsets.ISO_8859_1));

    assertThat(Catalogs.lines(Catalogs.problems(isLatin1)))
        .containsExactly("rollbook.yaml:1:3: not UTF-8 from here on; save the file as UTF-8");
    assertThat(Catalogs.lines(Catalogs.problems(folder.resolve("none.yaml"))))
        .containsExactly("none.yaml:1:1: there is no such file");
    assertThat(Catalogs.lines(Catalogs.problems(folder)))
        .containsExactly(folder.getFileName() + ":1:1: this is a directory; name the file in it");
    assertThat(Catalogs.lines(Catalogs.problems(Path.of("/dev/zero"))))
        .containsExactly("zero:1:1: this is not a regular file");
  }

  @Test
  void ten_megabytes_are_refused_before_they_are_parsed() {
    byte[] large = "a: b\n".repeat(2 << 20).getBytes(StandardCharsets.UTF_8);

    assertTimeoutPreemptively(
        BOUND,
        () ->
            assertThat(Catalogs.lines(Catalogs.problems(catalogs.write(large))))
                .containsExactly(
                    "rollbook.yaml:1:1: the file is larger than 1 MB; is it really the catalog?"));
  }

  @Test
  void an_anchors_bomb_is_refused_where_it_goes_off() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      String alias = "*a" + (i - 1);
      bomb.append("a" + i + ": &a" + i + " [" + (alias + ", ").repeat(8) + alias + "]\n");
    }

    assertTimeoutPreemptively(
        BOUND,
        () ->
            assertThat(catalogs.lines(bomb.toString()))
                .singleElement()
                .asString()
                .matches(
                    "rollbook.yaml:\\d+:\\d+: more than 100000 values, aliases \\(\\*\\) unfolded"));
  }

  @Test
  void what_recurses_or_backtracks_ends_in_words_and_in_time() {
    int most = CatalogText.MOST_BYTES - 1000;
    int longest = 20_000;
    Map<String, String> expected =
        Map.ofEntries(
            Map.entry("[".repeat(most), "nested more than 32 deep"),
            Map.entry("{a: ".repeat(most / 4), "nested more than 32 deep"),
            Map.entry("- ".repeat(most / 2), "nested more than 32 deep"),
            Map.entry("? ".repeat(most / 2), "nested more than 32 deep"),
            Map.entry("version: [" + "1,".repeat(most / 2) + "]", "more than 100000 values"),
            Map.entry("version: " + "1".repeat(most), "a text of more than 20000 characters"),
            Map.entry("version: " + "1".repeat(longest), "must be 1"),
            Map.entry(with("previousTag: " + "a".repeat(longest - 1) + "["), "git tag"),
            Map.entry(with("stop: {grace: " + "1s".repeat(longest / 2) + "}"), "not a duration"),
            Map.entry(with("x: {line: " + "(".repeat(longest) + "}"), "unknown key 'x'"),
            Map.entry(compose("start: {errors: ['" + "(".repeat(longest) + "']}"), "longer than"),
            Map.entry(
                compose("engine: 'tcp://" + "a.".repeat(longest / 3) + "'"),
                "this address has no port"),
            Map.entry(
                compose("rebuild: {image: '" + "a/".repeat(longest / 3) + "'}"), "not the name"),
            Map.entry(
                compose("dependencies: [{tcp: '" + "a:".repeat(longest / 3) + "'}]"), "not a host"),
            Map.entry(
                compose("dependencies: [" + "{},".repeat(most / 4) + "]"), "more than 100000"),
            Map.entry("services: {a: {environments: {b: {kind: " + "[".repeat(most), "nested more"),
            Map.entry("services: {a: {environments: {b: {kind: {kind: x}}}}}", "wanted one of"),
            Map.entry(
                Catalogs.SHORTEST + "          line: " + "(".repeat(longest),
                "longer than 1000 characters"));

    expected.forEach(
        (text, message) ->
            assertTimeoutPreemptively(
                BOUND, () -> assertThat(catalogs.problems(text)).hasMessageContaining(message)));
  }

  @Test
  void thousands_of_problems_are_cut_when_they_are_shown() {
    StringBuilder text = new StringBuilder("version: 1\nservices:\n");
    for (int i = 0; i < 5000; i++) {
      text.append("  s" + i + ": {}\n");
    }

    InvalidCatalog invalid =
        assertTimeoutPreemptively(BOUND, () -> catalogs.problems(text.toString()));

    assertThat(invalid.problems()).hasSize(5000);
    assertThat(invalid.getMessage()).endsWith("\n… and 4950 more").hasLineCount(52);
  }

  @Test
  void whatever_a_typing_cat_makes_of_the_example_is_read_or_refused_with_a_place()
      throws Exception {
    long seed = Long.getLong("rollbook.seed", 20240229L);
    System.out.println("Mutations of the example: -Drollbook.seed=" + seed);
    Random random = new Random(seed);
    String example = Files.readString(Catalogs.EXAMPLE);
    int refused = 0;

    for (int i = 0; i < Integer.getInteger("rollbook.mutations", 400); i++) {
      String mutation = mutate(example, random);
      InvalidCatalog invalid =
          assertTimeoutPreemptively(BOUND, () -> readOrRefuse(mutation), () -> mutation);
      if (invalid != null) {
        refused++;
        int lines = mutation.split("\n", -1).length;
        assertThat(invalid.problems())
            .as(mutation)
            .isNotEmpty()
            .allSatisfy(problem -> assertThat(problem.line()).isBetween(1, lines))
            .allSatisfy(problem -> assertThat(problem.column()).isPositive());
      }
    }

    assertThat(refused).isPositive();
  }

  private static String with(String field) {
    return Catalogs.SHORTEST + "        " + field;
  }

  private static String compose(String field) {
    return Catalogs.SHORTEST_COMPOSE + "        " + field;
  }

  private InvalidCatalog readOrRefuse(String text) {
    try {
      catalogs.read(text);
      return null;
    } catch (InvalidCatalog e) {
      return e;
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError("Neither read nor refused:\n" + text, e);
    }
  }

  private static String mutate(String example, Random random) {
    String[] pieces = {
      "\t",
      "\n",
      ":",
      ": ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "'",
      "\"",
      "*",
      "&a ",
      "!",
      "!!int ",
      "|",
      ">",
      "%",
      "@",
      "#",
      "\\",
      "~",
      "null",
      "true",
      "-1",
      "1e999",
      ".nan",
      "0x",
      "${",
      "\0",
      "\uFEFF",
      "\u2028",
      "🛒",
      "---",
      "...",
      "? ",
      "<<: ",
      "  ",
      ",",
      "=",
      "file:",
      "/",
      "..",
      "99999999999"
    };
    StringBuilder text = new StringBuilder(example);
    for (int times = 1 + random.nextInt(4); times > 0; times--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + 1 + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, end);
        case 1 -> text.insert(at, text.substring(at, end));
        case 2 -> text.replace(at, end, pieces[random.nextInt(pieces.length)]);
        default -> text.insert(at, pieces[random.nextInt(pieces.length)]);
      }
    }
    return text.toString();
  }
}
