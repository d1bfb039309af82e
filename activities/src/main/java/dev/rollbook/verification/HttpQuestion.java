package dev.rollbook.verification;

import dev.rollbook.Secret;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * What is asked of a URL.
 *
 * @param body JSON to send along; empty for none
 * @param longest how many bytes of the answer are read
 * @param through where to connect to in place of the URL's host; empty: there
 */
public record HttpQuestion(
    String method,
    URI url,
    Map<String, Secret> headers,
    byte[] body,
    int longest,
    Optional<InetSocketAddress> through) {

  private static final int LONGEST = 64 * 1024;

  public HttpQuestion {
    headers = Map.copyOf(headers);
  }

  public static HttpQuestion get(URI url, Map<String, Secret> headers) {
    return new HttpQuestion("GET", url, headers, new byte[0], LONGEST, Optional.empty());
  }

  /**
   * @param method one that brings a body: {@code POST}, {@code PATCH}
   */
  public static HttpQuestion json(
      String method, URI url, Map<String, Secret> headers, byte[] body) {
    return new HttpQuestion(method, url, headers, body, LONGEST, Optional.empty());
  }

  public HttpQuestion reading(int bytes) {
    return new HttpQuestion(method, url, headers, body, bytes, through);
  }

  HttpQuestion through(Optional<InetSocketAddress> address) {
    return new HttpQuestion(method, url, headers, body, longest, address);
  }

  boolean hasBody() {
    return body.length > 0;
  }
}
