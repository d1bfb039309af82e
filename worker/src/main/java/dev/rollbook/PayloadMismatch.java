package dev.rollbook;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * Why a JSON text is not the record it should be: which field, what was found, what is wanted.
 *
 * @param record the record that was wanted at the root
 */
record PayloadMismatch(byte[] json, Class<?> record, JsonProcessingException problem) {

  private static final int SHOWN = 60;
  private static final int TYPING_ERRORS = 3;

  static PayloadMismatch of(byte[] json, Class<?> record, JsonProcessingException problem) {
    return new PayloadMismatch(json, record, problem);
  }

  String inWords() {
    return record.getSimpleName() + ": " + sentence();
  }

  private String sentence() {
    if (problem instanceof UnrecognizedPropertyException unknown) {
      return unknownField(unknown);
    }
    if (problem instanceof MismatchedInputException mismatch) {
      Class<?> wanted = mismatch.getTargetType() == null ? record : mismatch.getTargetType();
      return where(mismatch) + " is " + found(mismatch) + ", but must be " + wanted(wanted);
    }
    if (problem instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      return where(mapping) + ": " + mapping.getOriginalMessage();
    }
    if (problem instanceof StreamReadException syntax) {
      return "the input is not JSON: "
          + syntax.getOriginalMessage()
          + " (line %d, column %d)"
              .formatted(syntax.getLocation().getLineNr(), syntax.getLocation().getColumnNr());
    }
    return problem.getOriginalMessage();
  }

  private String unknownField(UnrecognizedPropertyException unknown) {
    List<String> allowed =
        unknown.getReferringClass() != null && unknown.getReferringClass().isRecord()
            ? fields(unknown.getReferringClass())
            : unknown.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
    return "unknown field '"
        + path(unknown)
        + "'; "
        + closest(unknown.getPropertyName(), allowed)
        + "allowed are "
        + String.join(", ", allowed);
  }

  private static String closest(String name, Collection<String> allowed) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    return allowed.stream()
        .min(Comparator.comparingInt(each -> distance.apply(name, each)))
        .filter(each -> distance.apply(name, each) <= Math.min(TYPING_ERRORS, name.length() / 2))
        .map("did you mean '%s'? "::formatted)
        .orElse("");
  }

  private static String where(JsonMappingException mapping) {
    return mapping.getPath().isEmpty() ? "the input" : "'" + path(mapping) + "'";
  }

  /** {@code plan.findings[0].level} */
  private static String path(JsonMappingException mapping) {
    return mapping.getPath().stream()
        .map(at -> at.getFieldName() == null ? "[" + at.getIndex() + "]" : "." + at.getFieldName())
        .collect(Collectors.joining())
        .replaceFirst("^\\.", "");
  }

  private String found(JsonMappingException mapping) {
    JsonNode node;
    try {
      node = Payloads.mapper().readTree(json).at(pointer(mapping));
    } catch (IOException e) {
      return "not JSON";
    }
    return switch (node.getNodeType()) {
      case STRING -> "the text " + shortened(node);
      case NUMBER -> "the number " + shortened(node);
      case BOOLEAN -> "the boolean " + node;
      case ARRAY -> "a list";
      case OBJECT, POJO -> "an object";
      case NULL -> "null";
      case BINARY, MISSING -> "nothing";
    };
  }

  private static JsonPointer pointer(JsonMappingException mapping) {
    JsonPointer pointer = JsonPointer.empty();
    for (JsonMappingException.Reference at : mapping.getPath()) {
      pointer =
          at.getFieldName() == null
              ? pointer.appendIndex(at.getIndex())
              : pointer.appendProperty(at.getFieldName());
    }
    return pointer;
  }

  private static String shortened(JsonNode node) {
    String text = node.toString();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  private static String wanted(Class<?> type) {
    if (type.isEnum()) {
      String constants =
          Arrays.stream(type.getEnumConstants())
              .map(String::valueOf)
              .collect(Collectors.joining(", "));
      return type.getEnumConstants().length == 1 ? constants : "one of " + constants;
    }
    if (type.isRecord()) {
      return "a JSON object with the fields " + String.join(", ", fields(type));
    }
    if (CharSequence.class.isAssignableFrom(type)) {
      return "a text";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return "a list";
    }
    return switch (type.getSimpleName()) {
      case "Instant" -> "an instant such as \"2026-01-31T12:00:00Z\"";
      case "Duration" -> "a duration such as \"PT30S\"";
      case "int", "Integer", "long", "Long" -> "a whole number";
      default -> "a " + type.getSimpleName();
    };
  }

  private static List<String> fields(Class<?> type) {
    return Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
  }
}
