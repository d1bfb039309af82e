package dev.rollbook.decision;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Where a run is seen in Temporal's web page.
 *
 * @param ui empty where there is none
 */
public record RunLinks(Optional<URI> ui, String namespace) {

  /**
   * @param workflowId null for none
   * @return null for none
   */
  String of(String workflowId) {
    if (workflowId == null || ui.isEmpty()) {
      return null;
    }
    String base = ui.get().toString().replaceAll("/+$", "");
    return base + "/namespaces/" + encoded(namespace) + "/workflows/" + encoded(workflowId);
  }

  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
