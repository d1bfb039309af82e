package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WordingTest {

  @Test
  void both_languages_say_the_same_things() throws Exception {
    assertThat(places("texts.ko.properties"))
        .isEqualTo(places("texts.en.properties"))
        .hasSizeGreaterThan(15);
  }

  @Test
  void what_is_filled_in_is_not_filled_again() {
    String said =
        new Wording(Wording.Language.EN)
            .say("users.STOPPED.title", Map.of("service", "{service} $1 \\{x}"));

    assertThat(said).isEqualTo("{service} $1 \\{x}: unavailable");
  }

  @Test
  void what_a_run_asks_is_answered_by_approve_or_reject_and_not_by_ack() {
    Notice call = Incidents.notice("oncall@example.com");
    Notice question =
        new Notice(
            call.id(),
            call.incident(),
            call.level(),
            call.title(),
            1,
            call.channel(),
            call.recipient(),
            "rollback:production:shopping-service",
            null,
            null);

    Message asked = Incidents.message(question);

    assertThat(asked.answer())
        .startsWith("Decide: rollbook approve shopping-service -e production")
        .doesNotContain("ack");
    assertThat(asked.body()).contains("Told: On-Call Engineer").doesNotContain("What failed");
    assertThat(Incidents.message(call).answer()).contains("rollbook ack");
  }

  @Test
  void the_public_reads_the_name_of_the_service_and_nothing_else() throws Exception {
    places("texts.en.properties")
        .forEach(
            (key, places) -> {
              if (key.startsWith("users.")) {
                assertThat(places).as(key).isEqualTo("{service}");
              }
            });
  }

  /** Which places each text has. */
  private static Map<String, String> places(String file) throws Exception {
    Properties texts = new Properties();
    try (InputStreamReader in =
        new InputStreamReader(Wording.class.getResourceAsStream(file), StandardCharsets.UTF_8)) {
      texts.load(in);
    }
    Map<String, String> places = new TreeMap<>();
    for (String key : texts.stringPropertyNames()) {
      places.put(
          key,
          Pattern.compile("\\{\\w+}")
              .matcher(texts.getProperty(key))
              .results()
              .map(MatchResult::group)
              .collect(Collectors.toCollection(TreeSet::new))
              .stream()
              .collect(Collectors.joining(" ")));
    }
    return places;
  }
}
