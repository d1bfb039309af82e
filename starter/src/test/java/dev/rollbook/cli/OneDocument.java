package dev.rollbook.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rollbook.shop.Rollbook;

/** What another program reads of an answer: one JSON document on standard output, nothing else. */
final class OneDocument {

  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private OneDocument() {}

  static JsonNode of(Rollbook.Answer answer) {
    try {
      return STRICT.readTree(answer.out());
    } catch (JsonProcessingException e) {
      throw new AssertionError("not one JSON document: " + answer, e);
    }
  }
}
