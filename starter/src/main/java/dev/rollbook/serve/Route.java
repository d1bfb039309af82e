package dev.rollbook.serve;

import java.util.List;
import org.eclipse.jetty.server.Request;

/**
 * What is done at one path.
 *
 * @param path as it stands in the request, to the letter
 * @param isOpen whether everybody is let in
 * @param body what must be sent along; null for nothing
 */
record Route(String method, String path, boolean isOpen, Body body, Action action) {

  /**
   * @param type of its content, without parameters
   */
  record Body(String type, int mostBytes) {}

  /** May take its time: it runs on a thread of its own. */
  interface Action {

    /**
     * @param body empty where none is wanted
     */
    Reply answer(Request request, byte[] body) throws Exception;
  }

  static Route get(String path, boolean isOpen, Action action) {
    return new Route("GET", path, isOpen, null, action);
  }

  static Route post(String path, boolean isOpen, Body body, Action action) {
    return new Route("POST", path, isOpen, body, action);
  }

  /** Whoever may GET may ask for the head of it. */
  boolean takes(String asked) {
    return method.equals(asked) || method.equals("GET") && asked.equals("HEAD");
  }

  static String allowed(List<Route> routes) {
    return String.join(
        ", ",
        routes.stream()
            .map(each -> each.method.equals("GET") ? "GET, HEAD" : each.method)
            .toList());
  }
}
