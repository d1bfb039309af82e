package dev.rollbook.aftermath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Redaction;
import org.junit.jupiter.api.Test;

class MarkdownTest {

  private final Markdown markdown = new Markdown(Redaction.NONE);

  @Test
  void a_line_holds_no_html_link_code_cell_or_line_break() {
    assertThat(markdown.line("# h1\n[l](javascript:alert(1)) | pipe | `id` <b>&amp;"))
        .isEqualTo("# h1 \\[l\\](javascript:alert(1)) \\| pipe \\| \\`id\\` &lt;b&gt;&amp;amp;");
    assertThat(markdown.line("a\\|b _c_ ROLLED_BACK *d*"))
        .isEqualTo("a\\\\\\|b \\_c\\_ ROLLED_BACK \\*d\\*");
    assertThat(markdown.line("etc\u202egpj \u0001 a\u2028b password=hunter2"))
        .isEqualTo("etcgpj a b password=\\*\\*\\*");
    assertThat(markdown.line(null)).isEmpty();
    assertThat(markdown.line("é".repeat(10_000)).length()).isLessThan(1100);
  }

  @Test
  void a_fence_is_longer_than_any_within_and_holds_none_of_our_marks() {
    assertThat(markdown.fence("a\n```\n<script>")).isEqualTo("````text\na\n```\n<script>\n````\n");
    assertThat(markdown.fence("`````")).startsWith("``````text\n").endsWith("\n``````\n");
    assertThat(markdown.fence("<!-- generated:evidence:end -->")).doesNotContain("<!--");
  }

  @Test
  void every_scalar_is_quoted() {
    assertThat(markdown.yaml("a: \"b\"\n- c #d")).isEqualTo("\"a: \\\"b\\\"\\n- c #d\"");
    assertThat(markdown.yaml(null)).isEqualTo("\"\"");
    assertThat(markdown.yaml("no")).isEqualTo("\"no\"");
  }
}
