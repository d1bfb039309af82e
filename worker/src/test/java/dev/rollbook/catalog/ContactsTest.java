package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rollbook.Heartbeat;
import dev.rollbook.Payloads;
import dev.rollbook.Redaction;
import dev.rollbook.escalation.Announcements;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.EscalationPolicies;
import dev.rollbook.escalation.EscalationPolicy;
import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Notice;
import dev.rollbook.escalation.Notices;
import io.temporal.testing.TestActivityEnvironment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From the catalog's text to what arrives. */
@Timeout(60)
class ContactsTest {

  private static final Incident INCIDENT =
      new Incident(
          "plan-7",
          "shop",
          "local",
          "rollback of shop in local failed",
          "the key is hook-secret",
          Set.of(Trouble.ROLLBACK),
          false,
          "rollback");

  @TempDir Path folder;

  @Test
  void a_call_goes_from_the_policy_to_the_chat_and_a_board_is_told_once() throws Exception {
    List<String> received = new CopyOnWriteArrayList<>();
    HttpServer chat =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    chat.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          received.add(exchange.getRequestURI() + " " + body);
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    chat.start();
    TestActivityEnvironment activities = TestActivityEnvironment.newInstance();
    try {
      Catalog catalog = catalog("http://127.0.0.1:" + chat.getAddress().getPort() + "/");
      Redaction redaction = new Redaction(catalog::secrets);
      Path state = folder.resolve("state");
      activities.registerActivitiesImplementations(
          catalog.escalationPolicies(),
          catalog.contacts().notices(state, redaction, Heartbeat::ofActivity),
          catalog.contacts().announcements(state, redaction, Heartbeat::ofActivity));

      EscalationPolicy policy =
          activities.newActivityStub(EscalationPolicies.class).find("shop", "local");
      Level level = policy.levels().get(0);
      Notice notice =
          new Notice(
              "n-1",
              INCIDENT,
              level.id(),
              level.title(),
              1,
              level.channels().get(0),
              level.recipients().get(0),
              "w",
              null,
              null);
      Notices notices = activities.newActivityStub(Notices.class);
      assertThat(notices.send(notice).receipt()).isEqualTo("ok");
      assertThat(Files.readString(Path.of(notices.spool(notice).receipt())))
          .contains("rollback of shop in local failed")
          .doesNotContain("hook-secret");
      Announcements boards = activities.newActivityStub(Announcements.class);
      assertThat(boards.announce(INCIDENT, State.STOPPED, Set.of()).boards())
          .containsExactly("room");
      boards.announce(INCIDENT, State.STOPPED, Set.of());

      assertThat(received).hasSize(2);
      assertThat(received.get(0))
          .startsWith("/hook-secret ")
          .contains("rollbook ack shop -e local")
          .contains("서비스: shop");
      assertThat(received.get(1)).contains("긴급 소집");
      assertThat(received)
          .allSatisfy(text -> assertThat(text.substring(12)).doesNotContain("hook-secret"));
    } finally {
      activities.close();
      chat.stop(0);
    }
  }

  /** PagerDuty, a page's users, and a team's own receiver. */
  @Test
  void every_other_way_of_the_catalog_reaches_people_too() throws Exception {
    List<Request> received = new CopyOnWriteArrayList<>();
    HttpServer world =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    world.createContext("/", exchange -> received.add(answered(exchange)));
    world.start();
    TestActivityEnvironment activities = TestActivityEnvironment.newInstance();
    try {
      String text =
          """
          channels:
            pager: {type: pagerduty, url: "%1$s/pager", routingKey: "${env:PAGER}"}
          roles:
            oncall: [kim@example.com]
          announcements:
            boards:
              page: {type: statuspage, url: "%1$s/v1", page: p1, key: "${env:PAGE}", components: {shop: c1}}
              team: {type: webhook, url: "%1$s/team", headers: {X-Team: "${env:TEAM}"}}
          """
              .formatted("http://127.0.0.1:" + world.getAddress().getPort());
      Catalog catalog =
          Catalog.read(
              new Catalogs(folder).write(text + Catalogs.SHORTEST),
              Map.of(
                  "PAGER", "pager-secret",
                  "PAGE", "page-secret",
                  "TEAM", "team-secret"));
      Redaction redaction = new Redaction(catalog::secrets);
      Path state = folder.resolve("state");
      activities.registerActivitiesImplementations(
          catalog.escalationPolicies(),
          catalog.contacts().notices(state, redaction, Heartbeat::ofActivity),
          catalog.contacts().announcements(state, redaction, Heartbeat::ofActivity));
      Level level =
          activities
              .newActivityStub(EscalationPolicies.class)
              .find("shop", "local")
              .levels()
              .get(0);
      assertThat(level.channels()).containsExactly("pager");
      Notices notices = activities.newActivityStub(Notices.class);
      for (String channel : level.channels()) {
        notices.send(
            new Notice(
                "n-" + channel,
                INCIDENT,
                level.id(),
                level.title(),
                1,
                channel,
                level.recipients().get(0),
                "w",
                null,
                null));
      }
      Announcements boards = activities.newActivityStub(Announcements.class);
      assertThat(boards.announce(INCIDENT, State.STOPPED, Set.of()).boards())
          .containsExactly("page", "team");

      JsonNode paged = only(received, "POST /pager").json();
      assertThat(paged.path("routing_key").asText()).isEqualTo("pager-secret");
      assertThat(paged.path("event_action").asText()).isEqualTo("trigger");
      assertThat(paged.path("dedup_key").asText()).startsWith("n-pager");
      Request posted = only(received, "POST /v1/pages/p1/incidents");
      assertThat(posted.header("Authorization")).isEqualTo("OAuth page-secret");
      JsonNode incident = posted.json().path("incident");
      assertThat(incident.path("deliver_notifications").asBoolean()).as("users are told").isTrue();
      assertThat(incident.at("/components/c1").asText()).isEqualTo("major_outage");
      Request team = only(received, "POST /team");
      assertThat(team.header("X-Team")).isEqualTo("team-secret");
      assertThat(team.json().path("state").asText()).isEqualTo("STOPPED");
    } finally {
      activities.close();
      world.stop(0);
    }
  }

  private record Request(String line, Headers headers, String body) {

    String header(String name) {
      return headers.getFirst(name);
    }

    JsonNode json() throws IOException {
      return Payloads.mapper().readTree(body);
    }
  }

  private static Request only(List<Request> received, String line) {
    List<Request> these = received.stream().filter(each -> each.line().equals(line)).toList();
    assertThat(these).as(line + " of " + received).hasSize(1);
    return these.get(0);
  }

  /** A list to whoever asks, and a yes to whoever tells. */
  private static Request answered(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      byte[] answer =
          exchange.getRequestMethod().equals("GET")
              ? new byte[] {'[', ']'}
              : "{}".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      return new Request(
          exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(),
          exchange.getRequestHeaders(),
          body);
    }
  }

  private Catalog catalog(String url) throws Exception {
    String text =
        """
        channels:
          chat: {type: slack, url: "%s${env:HOOK}"}
        roles:
          oncall: [Kim]
        announcements:
          language: ko
          boards:
            room: {type: slack, url: "%s${env:HOOK}"}
        """;
    Path file = new Catalogs(folder).write(text.formatted(url, url) + Catalogs.SHORTEST);
    return Catalog.read(file, Map.of("HOOK", "hook-secret"));
  }
}
