package dev.rollbook.decision;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What an Alertmanager posts, as it is written there; whatever else stands in it is passed over.
 *
 * @param truncatedAlerts how many the sender has left out, by its own setting
 */
record AlertMessage(JsonNode version, String status, JsonNode truncatedAlerts, List<Entry> alerts) {

  private static final Set<String> STATUSES = Set.of("firing", "resolved");
  private static final String VERSION = "4";

  private static final JsonMapper MAPPER =
      JsonMapper.builder(StrictJson.FACTORY)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
          .withCoercionConfig(
              LogicalType.Textual,
              text -> {
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .build();

  /** One alert of the message. */
  record Entry(
      String status,
      Map<String, String> labels,
      Map<String, String> annotations,
      String startsAt,
      String endsAt,
      String generatorURL,
      String fingerprint) {

    Entry {
      labels = labels == null ? Map.of() : labels;
      annotations = annotations == null ? Map.of() : annotations;
    }

    boolean isFiring() {
      return "firing".equals(status);
    }

    /** Empty for none, and for the year 1, by which Go says none. */
    static Optional<Instant> instant(String written) {
      return Optional.ofNullable(written)
          .filter(text -> !text.isBlank())
          .map(Entry::parsed)
          .filter(instant -> !instant.equals(GO_ZERO));
    }

    private static Instant parsed(String text) {
      Matcher parts = OFFSET.matcher(text);
      if (!parts.matches()) {
        return OffsetDateTime.parse(text).toInstant();
      }
      Duration ahead =
          Duration.ofHours(Integer.parseInt(parts.group(3)))
              .plusMinutes(Integer.parseInt(parts.group(4)));
      Instant there = Instant.parse(parts.group(1) + "Z");
      return parts.group(2).equals("+") ? there.minus(ahead) : there.plus(ahead);
    }
  }

  /** RFC 3339 has them up to a day, Java up to 18 hours. */
  private static final Pattern OFFSET = Pattern.compile("(.+)([+-])([01]\\d|2[0-3]):([0-5]\\d)");

  private static final Instant GO_ZERO = Instant.parse("0001-01-01T00:00:00Z");

  static AlertMessage read(byte[] body, int mostAlerts) throws BadMessage {
    AlertMessage message = read(StrictJson.check(body));
    message.check(mostAlerts);
    return message;
  }

  private static AlertMessage read(String text) throws BadMessage {
    try {
      AlertMessage message = MAPPER.readValue(text, AlertMessage.class);
      if (message == null) {
        throw BadMessage.wrong("", "must be an object");
      }
      return message;
    } catch (JsonMappingException e) {
      throw BadMessage.wrong(pointer(e.getPath()), "has the wrong type");
    } catch (JsonProcessingException e) {
      throw BadMessage.malformed("not JSON");
    }
  }

  private static String pointer(List<Reference> path) {
    return path.stream()
        .map(step -> step.getFieldName() == null ? "" + step.getIndex() : step.getFieldName())
        .map(step -> "/" + step.replace("~", "~0").replace("/", "~1"))
        .collect(Collectors.joining());
  }

  private void check(int mostAlerts) throws BadMessage {
    if (status != null && !STATUSES.contains(status)) {
      throw BadMessage.wrong("/status", "must be firing or resolved");
    }
    if (alerts == null) {
      throw BadMessage.wrong("/alerts", "must be a list");
    }
    if (alerts.size() > mostAlerts) {
      throw BadMessage.tooLarge(
          "%d alerts in one message; at most %d are taken: group by service, or raise serve.limits.alerts"
              .formatted(alerts.size(), mostAlerts));
    }
    for (int at = 0; at < alerts.size(); at++) {
      check(alerts.get(at), "/alerts/" + at);
    }
  }

  private static void check(Entry alert, String pointer) throws BadMessage {
    if (alert.status() == null || !STATUSES.contains(alert.status())) {
      throw BadMessage.wrong(pointer + "/status", "must be firing or resolved");
    }
    checkTime(alert.startsAt(), pointer + "/startsAt");
    checkTime(alert.endsAt(), pointer + "/endsAt");
  }

  private static void checkTime(String written, String pointer) throws BadMessage {
    try {
      Entry.instant(written);
    } catch (DateTimeException e) {
      throw BadMessage.wrong(pointer, "must be a time as of RFC 3339");
    }
  }

  /** False for another version of the protocol, which is read all the same. */
  boolean isKnownVersion() {
    return version != null && version.isTextual() && version.textValue().equals(VERSION);
  }

  /** How many the sender has left out. */
  long truncated() {
    return truncatedAlerts == null ? 0 : truncatedAlerts.asLong(0);
  }
}
