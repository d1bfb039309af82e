package dev.rollbook;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.Locale;

/**
 * How Rollbook's records look as JSON, everywhere the same: Temporal payloads, files on disk,
 * {@code -o json}. Durations and instants are ISO-8601; an unknown field or a wrong type is an
 * error.
 */
public final class Payloads {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(new Jdk8Module())
          .addModule(kindsInLowerCase())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .withCoercionConfig(
              LogicalType.Textual,
              text -> {
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .build();

  private Payloads() {}

  /** {@code "kind": "commit"}; read in any case. */
  private static SimpleModule kindsInLowerCase() {
    return new SimpleModule()
        .addSerializer(
            Version.Kind.class,
            new StdSerializer<>(Version.Kind.class) {
              @Override
              public void serialize(Version.Kind kind, JsonGenerator out, SerializerProvider all)
                  throws IOException {
                out.writeString(kind.name().toLowerCase(Locale.ROOT));
              }
            });
  }

  public static ObjectMapper mapper() {
    return MAPPER;
  }
}
