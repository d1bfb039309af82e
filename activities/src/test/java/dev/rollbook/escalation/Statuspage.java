package dev.rollbook.escalation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.rollbook.Payloads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A status page's HTTP API, as far as it is asked; incidents in memory. */
public final class Statuspage {

  /** What whoever writes here must know. */
  public static final String KEY = Incidents.SECRET;

  private final List<ObjectNode> incidents = new CopyOnWriteArrayList<>();
  private volatile boolean isLosingAnswers;
  private volatile Receiver.Behaviour whenChanged = exchange -> {};

  /** What it is told counts, but nobody hears so. */
  void loseAnswers(boolean losing) {
    isLosingAnswers = losing;
  }

  /** Is done once a change counts, before it is answered. */
  public void whenChanged(Receiver.Behaviour does) {
    whenChanged = does;
  }

  public List<ObjectNode> incidents() {
    return incidents;
  }

  public void answer(HttpExchange exchange, String body) throws IOException {
    if (!("OAuth " + KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      Receiver.status(401, "{\"error\":\"Could not authenticate\"}").answer(exchange);
      return;
    }
    String path = exchange.getRequestURI().getPath();
    String answer =
        switch (exchange.getRequestMethod()) {
          case "POST" -> change(Payloads.mapper().createObjectNode(), body, true);
          case "PATCH" -> change(found(path.substring(path.lastIndexOf('/') + 1)), body, false);
          default -> list(path.endsWith("/unresolved"));
        };
    if (!exchange.getRequestMethod().equals("GET")) {
      whenChanged.answer(exchange);
      if (isLosingAnswers) {
        exchange.close();
        return;
      }
    }
    Receiver.status(200, answer).answer(exchange);
  }

  private String change(ObjectNode incident, String body, boolean isNew) throws IOException {
    JsonNode told = Payloads.mapper().readTree(body.getBytes(StandardCharsets.UTF_8));
    told.path("incident").properties().forEach(e -> incident.set(e.getKey(), e.getValue()));
    ArrayNode updates = incident.withArray("incident_updates");
    ObjectNode update = updates.insertObject(0);
    update.set("body", told.path("incident").path("body"));
    update.set("status", told.path("incident").path("status"));
    if (isNew) {
      incident.put("id", "i" + incidents.size());
      incidents.add(incident);
    }
    return incident.toString();
  }

  private ObjectNode found(String id) {
    return incidents.stream().filter(i -> i.path("id").asText().equals(id)).findFirst().get();
  }

  private String list(boolean unresolved) {
    ArrayNode list = Payloads.mapper().createArrayNode();
    incidents.stream()
        .filter(i -> !unresolved || !i.path("status").asText().equals("resolved"))
        .forEach(list::add);
    return list.toString();
  }
}
