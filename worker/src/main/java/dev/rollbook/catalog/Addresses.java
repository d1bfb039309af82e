package dev.rollbook.catalog;

import java.net.URI;
import java.net.URISyntaxException;

/** Addresses as they are written. No message quotes one: it may hold a password. */
final class Addresses {

  private Addresses() {}

  /**
   * Of something that is asked over HTTP.
   *
   * @throws IllegalArgumentException when nothing could be asked there
   */
  static URI url(String text) {
    return withHost(
        text, "no user or password in a URL; write a header Authorization with ${env:NAME}");
  }

  /**
   * Of a Docker Engine: {@code unix:///var/run/docker.sock} or {@code tcp://localhost:2375}.
   *
   * @throws IllegalArgumentException when there could be none
   */
  static URI engine(String text) {
    if (text.startsWith("unix:")) {
      URI socket = uri(text);
      if (socket.getAuthority() != null
          || socket.getRawQuery() != null
          || socket.getRawFragment() != null
          || socket.getPath().length() < 2) {
        throw new IllegalArgumentException(
            "not a socket: write unix:///var/run/docker.sock, with three slashes");
      }
      return socket;
    }
    URI tcp = withHost(text, "no user or password in the address of a Docker Engine");
    if (tcp.getPort() < 1) {
      throw new IllegalArgumentException("this address has no port: write tcp://localhost:2375");
    }
    return tcp;
  }

  private static URI withHost(String text, String noUser) {
    URI url = uri(text);
    if (url.getHost() == null) {
      throw new IllegalArgumentException("this URL has no valid host");
    }
    if (url.getRawUserInfo() != null) {
      throw new IllegalArgumentException(noUser);
    }
    if (url.getPort() > 65535) {
      throw new IllegalArgumentException("the port of this URL is not from 1 to 65535");
    }
    return url;
  }

  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "not a URL: " + e.getReason() + " (character " + (e.getIndex() + 1) + ")");
    }
  }
}
