package dev.rollbook.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.rollbook.Payloads;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** An answer, whole before it is sent. Browsers keep none, and read none as anything else. */
record Reply(int status, String type, byte[] body, Map<String, String> headers) {

  static final String JSON = "application/json";

  /** What is said to a request that is not done. */
  private record Refused(String error) {}

  private record RefusedAt(String error, String pointer) {}

  static Reply of(int status, String type, byte[] body) {
    return new Reply(status, type, body, Map.of());
  }

  static Reply text(int status, String type, String body) {
    return of(status, type, body.getBytes(StandardCharsets.UTF_8));
  }

  static Reply json(int status, Object body) {
    try {
      return of(status, JSON, Payloads.mapper().writeValueAsBytes(body));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("An answer is always JSON", e);
    }
  }

  static Reply refused(int status, String why) {
    return json(status, new Refused(why));
  }

  /**
   * @param pointer null for none
   */
  static Reply refused(int status, String why, String pointer) {
    return pointer == null ? refused(status, why) : json(status, new RefusedAt(why, pointer));
  }

  Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, type, body, more);
  }

  /** And then nothing more is read on this connection: the request's rest may still come. */
  Reply last() {
    return with(HttpHeader.CONNECTION.asString(), "close");
  }

  void send(Response response, Callback callback) {
    response.setStatus(status);
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, type)
        .put(HttpHeader.CONTENT_LENGTH, body.length)
        .put(HttpHeader.CACHE_CONTROL, "no-store")
        .put("X-Content-Type-Options", "nosniff")
        .put("Referrer-Policy", "no-referrer");
    headers.forEach((name, value) -> response.getHeaders().put(name, value));
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
