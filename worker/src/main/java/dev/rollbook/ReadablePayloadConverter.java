package dev.rollbook;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.temporal.api.common.v1.Payload;
import io.temporal.common.converter.DataConverterException;
import io.temporal.common.converter.JacksonJsonPayloadConverter;
import java.lang.reflect.Type;

/** Rollbook's records as JSON payloads; one that does not fit is refused in an operator's words. */
final class ReadablePayloadConverter extends JacksonJsonPayloadConverter {

  ReadablePayloadConverter() {
    super(Payloads.mapper());
  }

  @Override
  public <T> T fromData(Payload content, Class<T> valueClass, Type valueType) {
    try {
      return super.fromData(content, valueClass, valueType);
    } catch (DataConverterException e) {
      if (e.getCause() instanceof JsonProcessingException mismatch) {
        // Without the cause: the operator reads the whole chain in the Web UI, and it says the
        // same again in class names.
        throw new DataConverterException(
            PayloadMismatch.of(content.getData().toByteArray(), valueClass, mismatch).inWords());
      }
      throw e;
    }
  }
}
