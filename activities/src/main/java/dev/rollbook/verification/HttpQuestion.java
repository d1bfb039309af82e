package dev.rollbook.verification;

import dev.rollbook.Secret;
import java.net.URI;
import java.util.Map;

/**
 * What is asked of a URL.
 *
 * @param body JSON to send along; empty for none
 * @param longest how many bytes of the answer are read
 */
public record HttpQuestion(
    String method, URI url, Map<String, Secret> headers, byte[] body, int longest) {

  private static final int LONGEST = 64 * 1024;

  public HttpQuestion {
    headers = Map.copyOf(headers);
  }

  public static HttpQuestion get(URI url, Map<String, Secret> headers) {
    return new HttpQuestion("GET", url, headers, new byte[0], LONGEST);
  }

  /**
   * @param method one that brings a body: {@code POST}, {@code PATCH}
   */
  public static HttpQuestion json(
      String method, URI url, Map<String, Secret> headers, byte[] body) {
    return new HttpQuestion(method, url, headers, body, LONGEST);
  }

  public HttpQuestion reading(int bytes) {
    return new HttpQuestion(method, url, headers, body, bytes);
  }

  boolean hasBody() {
    return body.length > 0;
  }
}
