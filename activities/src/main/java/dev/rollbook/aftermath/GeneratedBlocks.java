package dev.rollbook.aftermath;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a document that Rollbook writes, between marks that carry their hash. What a person
 * changed within them no longer matches, and is theirs from then on; so is all that stands outside.
 */
final class GeneratedBlocks {

  private static final Pattern BEGIN =
      Pattern.compile("<!-- generated:([a-z-]+):begin sha256=([0-9a-f]{64}) -->\\s*");
  private static final String FRONT_MATTER_END = "---";
  private static final Pattern FRONT_MATTER_HASH =
      Pattern.compile("generated_sha256: \"([0-9a-f]{64})\"\\s*");

  private GeneratedBlocks() {}

  static String block(String name, String content) {
    return begin(name, content) + content + end(name) + "\n";
  }

  static String frontMatter(String content) {
    return "---\n" + content + "generated_sha256: \"" + sha256(content) + "\"\n---\n";
  }

  /** The old document with those blocks of the new one whose old content nobody has changed. */
  static String merge(String old, String fresh) {
    Map<String, String> blocks = new LinkedHashMap<>();
    walk(fresh, (name, content, untouched) -> blocks.put(name, content));
    return walk(
        old,
        (name, content, untouched) ->
            untouched && blocks.containsKey(name) ? blocks.get(name) : null);
  }

  /** What stands in a block; nothing when there is none, or a person has changed it. */
  static String content(String document, String name) {
    StringBuilder content = new StringBuilder();
    walk(
        document,
        (found, block, untouched) -> {
          if (untouched && found.equals(name)) {
            content.append(block, block.indexOf('\n') + 1, block.lastIndexOf(end(name)));
          }
          return null;
        });
    return content.toString();
  }

  private interface Visitor {
    /** Returns what to put in the block's place, marks included; null to keep it. */
    String visit(String name, String block, boolean untouched);
  }

  private static String walk(String document, Visitor visitor) {
    String[] lines = document.replace("\r\n", "\n").split("(?<=\n)");
    StringBuilder result = new StringBuilder(document.length());
    for (int i = 0; i < lines.length; i++) {
      Block block = i == 0 ? frontMatter(lines) : blockAt(lines, i);
      String replacement =
          block == null ? null : visitor.visit(block.name, block.text, block.untouched);
      result.append(block == null ? lines[i] : replacement == null ? block.text : replacement);
      i = block == null ? i : block.lastLine;
    }
    return result.toString();
  }

  private record Block(String name, String text, boolean untouched, int lastLine) {}

  private static Block blockAt(String[] lines, int first) {
    Matcher begin = BEGIN.matcher(lines[first]);
    if (!begin.matches()) {
      return null;
    }
    StringBuilder content = new StringBuilder();
    for (int i = first + 1; i < lines.length; i++) {
      if (lines[i].strip().equals(end(begin.group(1)))) {
        String text = lines[first] + content + lines[i];
        boolean untouched = sha256(content.toString()).equals(begin.group(2));
        return new Block(begin.group(1), text, untouched, i);
      }
      content.append(lines[i]);
    }
    return null;
  }

  private static Block frontMatter(String[] lines) {
    if (!lines[0].strip().equals(FRONT_MATTER_END)) {
      return null;
    }
    StringBuilder content = new StringBuilder();
    String hash = "";
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].strip().equals(FRONT_MATTER_END)) {
        String hashLine = hash.isEmpty() ? "" : "generated_sha256: \"" + hash + "\"\n";
        boolean untouched = sha256(content.toString()).equals(hash);
        return new Block("", lines[0] + content + hashLine + lines[i], untouched, i);
      }
      Matcher hashLine = FRONT_MATTER_HASH.matcher(lines[i]);
      if (hashLine.matches()) {
        hash = hashLine.group(1);
      } else {
        content.append(lines[i]);
      }
    }
    return null;
  }

  private static String begin(String name, String content) {
    return "<!-- generated:" + name + ":begin sha256=" + sha256(content) + " -->\n";
  }

  private static String end(String name) {
    return "<!-- generated:" + name + ":end -->";
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
