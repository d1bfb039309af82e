package dev.rollbook.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;

import java.util.Map;
import java.util.Map.Entry;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is posted as alerts, and is no JSON, or none that anybody should have to read. */
public final class MalformedMessages {

  private static final String ALERT =
      "{\"version\":\"4\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"alertname\":\"Down\",\"service\":\"orders\",\"severity\":\"critical\"},\"fingerprint\":\"f1\"%s}]}";

  private MalformedMessages() {}

  /** By what is wrong with them; "exponent" alone is JSON. */
  public static Map<String, byte[]> all() {
    String message = ALERT.formatted("");
    String annotation = ALERT.formatted(",\"annotations\":{\"a\":%s}");
    return Map.ofEntries(
        utf8("nothing", ""),
        utf8("spaces", "  "),
        utf8("depth", "[".repeat(100_000)),
        utf8("string", annotation.formatted("\"" + "x".repeat(1 << 20) + "\"")),
        utf8("number", annotation.formatted("1".repeat(10_000))),
        utf8("exponent", annotation.formatted("1e999999999")),
        utf8("keys", keys(50_000)),
        utf8("key twice", "{\"alerts\":[],\"alerts\":[]}"),
        utf8("trailing", message + "x"),
        utf8("two", message + "{}"),
        utf8("mark", "\uFEFF" + message),
        utf8("NUL", annotation.formatted("\"\0\"")),
        utf8("escaped NUL", annotation.formatted("\"\\u0000\"")),
        utf8("surrogate", annotation.formatted("\"\\ud83d\"")),
        utf8("turned surrogates", annotation.formatted("\"\\ude00\\ud83d\"")),
        utf8("surrogate key", "{\"\\udc00\":1}"),
        utf8("depth 17", unknown("[".repeat(16) + "]".repeat(16))),
        utf8("name of 1025", "{\"" + "n".repeat(1025) + "\":1,\"alerts\":[]}"),
        utf8("65 digits", unknown("1".repeat(65))),
        utf8("65,537 characters", unknown("\"" + "x".repeat(65_537) + "\"")),
        utf8("65,537 in an alert", annotation.formatted("\"" + "x".repeat(65_537) + "\"")),
        utf8("1001 keys", unknown(keys(1001))),
        utf8("over a million tokens", unknown("[" + "1,".repeat(1_000_000) + "1]")),
        utf8("not a number", annotation.formatted("NaN")),
        utf8("comment", "/**/{}"),
        utf8("cut", message.substring(0, message.length() - 3)),
        entry("UTF-8", latin1(annotation.formatted("\"\u00ff\""))),
        entry("overlong", latin1(annotation.formatted("\"\u00c0\u00af\""))),
        entry("UTF-16", annotation.formatted("\"a\"").getBytes(UTF_16)));
  }

  static String keys(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"k" + i + "\":1")
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String unknown(String value) {
    return "{\"alerts\":[],\"x\":" + value + "}";
  }

  private static Entry<String, byte[]> utf8(String name, String body) {
    return entry(name, body.getBytes(UTF_8));
  }

  private static byte[] latin1(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
