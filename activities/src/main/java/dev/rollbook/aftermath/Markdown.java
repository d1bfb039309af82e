package dev.rollbook.aftermath;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.rollbook.Evidence;
import dev.rollbook.Payloads;
import dev.rollbook.Redaction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text from elsewhere as Markdown and YAML that show it and do nothing else. */
public final class Markdown {

  private static final int LINE_BYTES = 1000;

  /** An underscore within a word is one; the others would begin emphasis, code, links, cells. */
  private static final Pattern SPECIAL =
      Pattern.compile("[\\\\`*\\[\\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])");

  private static final Pattern BACKTICKS = Pattern.compile("`{3,}");

  /** Within a fence nothing is escaped, and our own marks must stay ours. */
  private static final Pattern MARK = Pattern.compile("(?i)<!--(\\s*generated)");

  private final Redaction redaction;

  public Markdown(Redaction redaction) {
    this.redaction = redaction;
  }

  /** One line of text, also for a table's cell: no HTML, no link, no line break. */
  public String line(String text) {
    if (text == null || text.isBlank()) {
      return "";
    }
    String line = Evidence.beginning(clean(text).strip().replaceAll("\\s+", " "), LINE_BYTES);
    String html =
        line.replaceAll("\\s+", " ")
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;");
    return SPECIAL
        .matcher(html)
        .replaceAll(special -> Matcher.quoteReplacement("\\" + special.group()));
  }

  /** A block that shows the text as it is, with a fence longer than any within. */
  String fence(String text) {
    String marked = MARK.matcher(clean(text)).replaceAll("<!- -$1").stripTrailing();
    String content = Evidence.bounded(marked, Evidence.LIMIT);
    int longest =
        BACKTICKS.matcher(content).results().mapToInt(r -> r.end() - r.start()).max().orElse(2);
    String fence = "`".repeat(longest + 1);
    return fence + "text\n" + content + "\n" + fence + "\n";
  }

  /** A double-quoted scalar; JSON's are YAML's. */
  String yaml(String text) {
    try {
      return Payloads.mapper().writeValueAsString(text == null ? "" : clean(text).strip());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A text is always JSON", e);
    }
  }

  String clean(String text) {
    return redaction.clean(Evidence.plain(text));
  }
}
