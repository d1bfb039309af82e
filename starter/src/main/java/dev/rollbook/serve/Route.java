package dev.rollbook.serve;

import java.util.List;
import org.eclipse.jetty.server.Request;

/**
 * What is done at one path.
 *
 * @param path as it stands in the request, to the letter
 * @param isOpen whether everybody is let in
 * @param body what must be sent along; null for nothing
 * @param atOnce how many of its path may wait for something at a time; 0: it waits for nothing
 */
record Route(String method, String path, boolean isOpen, Body body, int atOnce, Action action) {

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
    return new Route("GET", path, isOpen, null, 0, action);
  }

  static Route post(String path, boolean isOpen, Body body, Action action) {
    return new Route("POST", path, isOpen, body, 0, action);
  }

  /** For an action that waits for Temporal: more of them are refused, and hold up nothing else. */
  Route waiting(int most) {
    return new Route(method, path, isOpen, body, most, action);
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
