package dev.rollbook.decision;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * JSON from elsewhere, read in constant memory: one value of sane depth and size, in well-formed
 * UTF-8, no key twice, no character that is none.
 */
final class StrictJson {

  private static final int DEPTH = 16;
  private static final int STRING = 64 << 10;
  private static final int NAME = 1 << 10;
  private static final int NUMBER = 64;
  private static final int KEYS = 1000;
  private static final int TOKENS = 1_000_000;
  private static final int LONGEST_REASON = 200;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /** Reads nothing that {@link #check} has not let through. */
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxStringLength(STRING)
                  .maxNameLength(NAME)
                  .maxNumberLength(NUMBER)
                  .maxTokenCount(TOKENS)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private StrictJson() {}

  /**
   * @return the text
   */
  static String check(byte[] body) throws BadMessage {
    String text = decode(body);
    try (JsonParser parser = FACTORY.createParser(text)) {
      check(parser);
    } catch (JsonProcessingException e) {
      String why = e.getOriginalMessage().lines().findFirst().orElse("not JSON");
      throw BadMessage.malformed(why.substring(0, Math.min(why.length(), LONGEST_REASON)));
    } catch (IOException e) {
      throw new IllegalStateException("A text is always read", e);
    }
    return text;
  }

  private static String decode(byte[] body) throws BadMessage {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      if (text.isEmpty() || text.charAt(0) == BYTE_ORDER_MARK) {
        throw BadMessage.malformed(text.isEmpty() ? "no JSON" : "begins with a byte order mark");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw BadMessage.malformed("not UTF-8");
    }
  }

  private static void check(JsonParser parser) throws IOException, BadMessage {
    Deque<int[]> keys = new ArrayDeque<>();
    boolean isOver = false;
    for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (isOver) {
        throw BadMessage.malformed("something stands behind the JSON");
      }
      switch (token) {
        case START_OBJECT, START_ARRAY -> keys.push(new int[1]);
        case END_OBJECT, END_ARRAY -> keys.pop();
        case FIELD_NAME -> {
          checkText(parser.currentName());
          if (++keys.element()[0] > KEYS) {
            throw BadMessage.malformed("an object with more than " + KEYS + " keys");
          }
        }
        case VALUE_STRING -> checkText(parser.getText());
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getTextLength();
        default -> {}
      }
      isOver = keys.isEmpty();
    }
    if (!isOver) {
      throw BadMessage.malformed("no JSON");
    }
  }

  private static void checkText(String text) throws BadMessage {
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      boolean isPair = Character.isHighSurrogate(c) && isLow(text, at + 1);
      if (c == '\0' || Character.isSurrogate(c) && !isPair) {
        throw BadMessage.malformed(c == '\0' ? "the character U+0000" : "half a surrogate pair");
      }
      at += isPair ? 1 : 0;
    }
  }

  private static boolean isLow(String text, int at) {
    return at < text.length() && Character.isLowSurrogate(text.charAt(at));
  }
}
