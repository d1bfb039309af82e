package dev.rollbook.aftermath;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlugTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "shopping-service local rollback | shopping-service-local-rollback",
        "Überlauf 🚨 \"q\" <script>&'\\ $(id) `id` {{ .X }} | uberlauf-q-script-id-id-x",
        "../../etc/passwd | etc-passwd",
        "롤백 | incident",
        "-- -- | incident",
        "ﬁx Ａ１ | fix-a1",
      })
  void a_title_becomes_a_plain_file_name(String title, String slug) {
    assertThat(Slug.of(title)).isEqualTo(slug);
  }

  @Test
  void a_long_title_is_cut_between_words() {
    assertThat(Slug.of("word ".repeat(40))).isEqualTo("word-".repeat(12).replaceAll("-$", ""));
    assertThat(Slug.of("x".repeat(300))).isEqualTo("x".repeat(60));
  }
}
