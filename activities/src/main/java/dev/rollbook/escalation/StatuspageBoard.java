package dev.rollbook.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.Secret;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.verification.HttpAnswer;
import dev.rollbook.verification.HttpQuestion;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * A status page behind Atlassian Statuspage's HTTP API. It knows no idempotency key: our incident
 * is found again by the marker in its text; one that is resolved is not opened again.
 */
public final class StatuspageBoard implements Board {

  public static final String URL = "https://api.statuspage.io/v1";

  private static final int LONGEST_LIST = 4 * 1024 * 1024;

  /** How far an incident is; a person may have moved it on. */
  private static final List<String> STATUSES =
      List.of("investigating", "identified", "monitoring", "resolved");

  private final String to;
  private final URI base;
  private final String page;
  private final Secret key;
  private final Map<String, String> components;
  private final Delivery delivery;

  /**
   * @param components the page's component of a service, by the service's name
   */
  public StatuspageBoard(
      String name, URI base, String page, Secret key, Map<String, String> components) {
    this(name, base, page, key, components, new Delivery());
  }

  StatuspageBoard(
      String name,
      URI base,
      String page,
      Secret key,
      Map<String, String> components,
      Delivery delivery) {
    this.to = "board " + name;
    this.base = base;
    this.page = page;
    this.key = key;
    this.components = Map.copyOf(components);
    this.delivery = delivery;
  }

  @Override
  public void say(Announcement announcement, Runnable whileWaiting) {
    String status = status(announcement.state());
    Optional<JsonNode> open = find("/incidents/unresolved", announcement, whileWaiting);
    if (open.isPresent()) {
      String now = open.get().path("status").asText();
      boolean isNews = STATUSES.indexOf(now) < STATUSES.indexOf(status);
      if (isNews || announcement.state() == State.STOPPED && isReleased(open.get(), announcement)) {
        String id = open.get().path("id").asText();
        write("PATCH", "/incidents/" + id, announcement, status, whileWaiting);
      }
    } else if (announcement.state() != State.RESOLVED
        && find("/incidents", announcement, whileWaiting).isEmpty()) {
      write("POST", "/incidents", announcement, status, whileWaiting);
    }
  }

  /** Our incident, among those that are open or among the latest. */
  private Optional<JsonNode> find(String list, Announcement announcement, Runnable whileWaiting) {
    HttpAnswer answer =
        delivery.ask(
            to, HttpQuestion.get(url(list), headers()).reading(LONGEST_LIST), whileWaiting);
    String marker = marker(announcement.marker());
    return StreamSupport.stream(list(answer).spliterator(), false)
        .filter(each -> each.path("incident_updates").toString().contains(marker))
        .findFirst();
  }

  /** By us, since a person's word stays: stopped once more. */
  private static boolean isReleased(JsonNode incident, Announcement announcement) {
    JsonNode last = incident.path("incident_updates").path(0);
    return status(State.RELEASED).equals(incident.path("status").asText())
        && status(State.RELEASED).equals(last.path("status").asText())
        && last.path("body").asText().contains(marker(announcement.marker()));
  }

  private JsonNode list(HttpAnswer answer) {
    try {
      JsonNode list = Payloads.mapper().readTree(answer.text());
      if (list.isArray()) {
        return list;
      }
    } catch (JsonProcessingException e) {
      // said below
    }
    throw Delivery.broken(to, "what it answered is no list of incidents; is its URL right?");
  }

  private void write(
      String method, String path, Announcement announcement, String status, Runnable whileWaiting) {
    Map<String, Object> incident = new LinkedHashMap<>();
    incident.put("name", announcement.title());
    incident.put("status", status);
    // the page takes HTML there
    String text = announcement.text().replace("&", "&amp;").replace("<", "&lt;");
    incident.put("body", text + "\n\n" + marker(announcement.marker()));
    incident.put("deliver_notifications", true);
    if (announcement.state() != State.RESOLVED) {
      incident.put("impact_override", announcement.state() == State.STOPPED ? "critical" : "major");
    }
    String component = components.get(announcement.service());
    if (component != null) {
      incident.put("component_ids", List.of(component));
      incident.put("components", Map.of(component, componentStatus(announcement.state())));
    }
    byte[] body = Delivery.bytes(Map.of("incident", incident));
    delivery.ask(to, HttpQuestion.json(method, url(path), headers(), body), whileWaiting);
  }

  private static String marker(String marker) {
    return "(ref " + marker + ")";
  }

  private static String status(State state) {
    return switch (state) {
      case INVESTIGATING -> "investigating";
      case STOPPED -> "identified";
      case RELEASED -> "monitoring";
      case RESOLVED -> "resolved";
    };
  }

  private static String componentStatus(State state) {
    return switch (state) {
      case INVESTIGATING -> "partial_outage";
      case STOPPED -> "major_outage";
      case RELEASED -> "degraded_performance";
      case RESOLVED -> "operational";
    };
  }

  private URI url(String path) {
    return URI.create(base.toString().replaceAll("/+$", "") + "/pages/" + page + path);
  }

  private Map<String, Secret> headers() {
    return Map.of("Authorization", new Secret("OAuth " + Delivery.reveal(to, key), Map.of()));
  }

  @Override
  public List<Secret> secrets() {
    return List.of(key);
  }
}
