package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Heartbeat;
import dev.rollbook.Payloads;
import dev.rollbook.Secret;
import dev.rollbook.escalation.Announcements.Announced;
import dev.rollbook.escalation.Announcements.State;
import dev.rollbook.escalation.NoticeBoard.Audience;
import dev.rollbook.escalation.Wording.Language;
import io.temporal.client.ActivityCanceledException;
import io.temporal.failure.ApplicationFailure;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BoardsTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

  @TempDir Path folder;
  private final Receiver receiver = new Receiver();
  private final Statuspage page = new Statuspage();
  private final Incident incident = Incidents.incident(Incidents.HOSTILE);

  @AfterEach
  void close() {
    receiver.close();
  }

  private Announced say(State state, NoticeBoard... boards) {
    return say(() -> progress -> {}, state, boards);
  }

  private Announced say(Supplier<Heartbeat> heartbeat, State state, NoticeBoard... boards) {
    return new Boards(List.of(boards), Incidents.REDACTION, heartbeat, () -> 3)
        .announce(incident, state, Set.of());
  }

  private static NoticeBoard board(String name, Audience audience, Language language, Board board) {
    return new NoticeBoard(name, Set.of(), audience, new Wording(language), board);
  }

  private NoticeBoard file(Language language) {
    Path site = folder.resolve("site");
    return board("page", Audience.USERS, language, new FileBoard("page", site, CLOCK));
  }

  private NoticeBoard statuspage() {
    receiver.answer(exchange -> page.answer(exchange, receiver.requests().get(last()).body()));
    return board(
        "status page",
        Audience.USERS,
        Language.EN,
        new StatuspageBoard(
            "status page",
            URI.create(receiver.url("/v1/")),
            "p1",
            Incidents.secret("${env:TOKEN}"),
            Map.of("shopping-service", "c1")));
  }

  private int last() {
    return receiver.requests().size() - 1;
  }

  private NoticeBoard chat() {
    return chat("state");
  }

  /** Of a worker with a folder of its own. */
  private NoticeBoard chat(String state) {
    Secret url = Incidents.secret(receiver.url("/${env:TOKEN}"));
    Delivery delivery = new Delivery(CLOCK, Duration.ofSeconds(20));
    Board board = new ChatBoard(new SlackChannel("board #ops", url, delivery));
    return board(
        "#ops",
        Audience.TEAMS,
        Language.EN,
        new ToldBoard("#ops", board, folder.resolve(state), CLOCK));
  }

  private JsonNode status() throws Exception {
    return Payloads.mapper().readTree(Files.readString(folder.resolve("site/status.json")));
  }

  private String markdown(JsonNode status) throws Exception {
    String id = status.path("incidents").get(0).path("id").asText();
    return Files.readString(folder.resolve("site").resolve(id + ".md"));
  }

  @Test
  void a_board_that_says_when_is_told_again_then() {
    receiver.answer(Receiver.status(429, "not so fast", "Retry-After", "7"));

    ApplicationFailure failure =
        catchThrowableOfType(ApplicationFailure.class, () -> say(State.STOPPED, chat()));

    assertThat(failure.isNonRetryable()).isFalse();
    assertThat(failure.getNextRetryDelay()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void a_page_shows_every_state_once_and_is_closed_at_the_end() throws Exception {
    assertThat(say(State.INVESTIGATING, file(Language.EN)))
        .isEqualTo(new Announced(List.of("page"), List.of(), 3));
    say(State.INVESTIGATING, file(Language.EN));
    assertThat(status().path("status").asText()).isEqualTo("disrupted");
    say(State.STOPPED, file(Language.EN));
    say(State.INVESTIGATING, file(Language.EN));

    assertThat(status().path("incidents")).hasSize(1);
    assertThat(status().path("incidents").get(0).path("state").asText()).isEqualTo("STOPPED");
    assertThat(markdown(status()))
        .contains("Resolved: false", "Severity: down")
        .containsOnlyOnce("There is a disruption of shopping-service.");

    say(State.RESOLVED, file(Language.EN));
    say(State.STOPPED, file(Language.EN));

    assertThat(status().path("status").asText()).isEqualTo("operational");
    assertThat(status().path("incidents")).hasSize(1);
    assertThat(markdown(status()))
        .startsWith("---\nTitle: \"shopping-service: resolved\"\n")
        .contains("Resolved: true", "ResolvedWhen: 2026-01-01T00:00:00Z");
  }

  @Test
  void what_was_released_and_is_stopped_again_is_shown_so_everywhere() throws Exception {
    List<State> states =
        List.of(State.STOPPED, State.RELEASED, State.INVESTIGATING, State.STOPPED, State.STOPPED);
    states.forEach(state -> say(state, file(Language.EN), statuspage()));
    receiver.answer(Receiver.status(200, "ok"));
    int before = receiver.requests().size();
    states.forEach(state -> say(state, chat()));

    assertThat(status().path("incidents").get(0).path("state").asText()).isEqualTo("STOPPED");
    ObjectNode open = page.incidents().get(0);
    assertThat(open.path("status").asText()).isEqualTo("identified");
    assertThat(open.path("incident_updates").findValuesAsText("status"))
        .containsExactly("identified", "monitoring", "identified");
    assertThat(receiver.requests()).hasSize(before + 3);
    assertThat(receiver.requests().subList(before, before + 3))
        .extracting(Receiver.Request::body)
        .as("each under a key of its own, or a chat would take it for the same")
        .doesNotHaveDuplicates();
  }

  @Test
  void nothing_of_an_alert_is_on_a_public_page_in_any_language() throws Exception {
    for (State state : State.values()) {
      say(state, file(Language.KO));
      assertThat(status() + markdown(status()))
          .contains("shopping-service")
          .doesNotContain("evil", "channel", "alert", "image", "plan-7", "rollback");
    }
    assertThat(markdown(status())).contains("shopping-service 서비스의 장애가 해소되었습니다.");
  }

  @Test
  void a_page_for_teams_shows_hostile_text_as_text() throws Exception {
    Board board = new FileBoard("page", folder.resolve("site"), CLOCK);

    say(State.STOPPED, board("page", Audience.TEAMS, Language.EN, board));

    String body = markdown(status()).split("---\n", 3)[2];
    assertThat(body)
        .contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; \\*x\\*")
        .doesNotContain("<", "\u202E", "\r");
    assertThat(markdown(status())).contains("Section: issue\n---\n");
  }

  @Test
  void a_page_that_was_never_opened_is_not_closed() {
    say(State.RESOLVED, file(Language.EN));

    assertThat(folder.resolve("site/status.json")).doesNotExist();
  }

  @Test
  void a_status_page_gets_one_incident_that_moves_on() {
    say(State.INVESTIGATING, statuspage());
    say(State.INVESTIGATING, statuspage());
    say(State.STOPPED, statuspage());
    say(State.INVESTIGATING, statuspage());

    assertThat(page.incidents()).hasSize(1);
    ObjectNode open = page.incidents().get(0);
    assertThat(open.path("status").asText()).isEqualTo("identified");
    assertThat(open.path("name").asText()).isEqualTo("shopping-service: unavailable");
    assertThat(open.path("impact_override").asText()).isEqualTo("critical");
    assertThat(open.path("components").path("c1").asText()).isEqualTo("major_outage");
    assertThat(open.path("incident_updates")).hasSize(2);

    say(State.RESOLVED, statuspage());
    say(State.RESOLVED, statuspage());
    say(State.STOPPED, statuspage());

    assertThat(page.incidents()).hasSize(1);
    assertThat(open.path("status").asText()).isEqualTo("resolved");
    assertThat(open.path("components").path("c1").asText()).isEqualTo("operational");
    assertThat(open.toString()).doesNotContain("evil", "plan-7");
    assertThat(receiver.requests())
        .allSatisfy(request -> assertThat(request.path()).startsWith("/v1/pages/p1/incidents"));
  }

  @Test
  void an_answer_that_got_lost_makes_no_second_incident() {
    page.loseAnswers(true);
    ApplicationFailure lost = failure(State.INVESTIGATING, statuspage());
    page.loseAnswers(false);
    say(State.INVESTIGATING, statuspage());

    assertThat(lost.isNonRetryable()).isFalse();
    assertThat(page.incidents()).hasSize(1);
  }

  @Test
  void what_a_person_did_on_the_status_page_is_not_undone() {
    say(State.INVESTIGATING, statuspage());
    page.incidents().get(0).put("status", "monitoring");

    say(State.STOPPED, statuspage());

    assertThat(page.incidents().get(0).path("status").asText()).isEqualTo("monitoring");
    assertThat(page.incidents().get(0).path("incident_updates")).hasSize(1);
  }

  @Test
  void teams_are_called_together_once_and_nobody_else_is_woken_by_the_text() throws Exception {
    say(State.STOPPED, chat());
    say(State.STOPPED, chat());
    say(State.INVESTIGATING, chat());

    String text = Payloads.mapper().readTree(receiver.request().body()).path("text").asText();
    assertThat(text)
        .contains("All hands: shopping-service in production was stopped")
        .contains("&lt;!channel&gt;")
        .doesNotContain("<!", "<@", "\u202E", Incidents.SECRET);

    say(State.RESOLVED, chat());
    assertThat(receiver.requests()).hasSize(2);
  }

  @Test
  void a_webhook_is_told_with_a_key_that_stays_the_same() throws Exception {
    WebhookChannel channel =
        new WebhookChannel(
            "board status", Incidents.secret(receiver.url("/x")), Map.of(), Optional.empty());
    NoticeBoard board = board("status", Audience.USERS, Language.EN, new WebhookBoard(channel));

    say(State.STOPPED, board);
    say(State.STOPPED, board);

    assertThat(receiver.requests())
        .extracting(request -> request.headers().getFirst("Idempotency-Key"))
        .hasSize(2)
        .allSatisfy(key -> assertThat(key).matches("[0-9a-f]{16}-stopped"))
        .containsOnly(receiver.requests().get(0).headers().getFirst("Idempotency-Key"));
    JsonNode json = Payloads.mapper().readTree(receiver.requests().get(0).body());
    assertThat(json.path("event").asText()).isEqualTo("announcement");
    assertThat(json.path("state").asText()).isEqualTo("STOPPED");
    assertThat(json.toString()).doesNotContain("evil");
  }

  @Test
  void one_board_that_is_down_keeps_no_other_from_being_told() throws Exception {
    Files.writeString(folder.resolve("state"), "no folder");
    receiver.answer(Receiver.status(403, "no_service"));
    Board refused =
        new ChatBoard(
            new SlackChannel("board #x", Incidents.secret(receiver.url("/${env:TOKEN}"))));

    Announced partly =
        say(State.STOPPED, board("#x", Audience.TEAMS, Language.EN, refused), file(Language.EN));
    ApplicationFailure forGood =
        failure(State.STOPPED, board("#x", Audience.TEAMS, Language.EN, refused));
    ApplicationFailure passing =
        failure(State.RESOLVED, board("#x", Audience.TEAMS, Language.EN, refused), chat());

    assertThat(partly.boards()).containsExactly("page");
    assertThat(partly.troubles()).containsExactly("board #x: answered 403: no_service");
    assertThat(forGood.getType()).isEqualTo("NotAnnounced");
    assertThat(forGood.isNonRetryable()).isTrue();
    assertThat(forGood.getOriginalMessage())
        .isEqualTo("STOPPED is not announced everywhere: board #x: answered 403: no_service");
    assertThat(status().path("incidents").get(0).path("state").asText()).isEqualTo("STOPPED");
    assertThat(passing.isNonRetryable()).isFalse();
    assertThat(passing.getOriginalMessage()).contains("board #ops: ");
  }

  /** A crash between the two is the one case in which a chat hears it twice, as the same. */
  @Test
  void what_another_worker_has_told_a_chat_is_told_again_only_when_nobody_knows_of_it() {
    Announced first = say(State.STOPPED, chat("one"));
    Boards elsewhere =
        new Boards(List.of(chat("two")), Incidents.REDACTION, () -> progress -> {}, () -> 1);

    Announced second = elsewhere.announce(incident, State.STOPPED, Set.copyOf(first.boards()));

    assertThat(second.boards()).containsExactly("#ops");
    assertThat(receiver.requests()).hasSize(1);

    elsewhere.announce(incident, State.STOPPED, Set.of());
    assertThat(receiver.requests())
        .hasSize(2)
        .extracting(Receiver.Request::body)
        .containsOnly(receiver.requests().get(0).body());
  }

  @Test
  void a_board_hears_only_of_its_own_environments() {
    NoticeBoard staging =
        new NoticeBoard(
            "staging",
            Set.of("staging"),
            Audience.USERS,
            new Wording(Language.EN),
            new FileBoard("staging", folder.resolve("staging"), CLOCK));

    assertThat(say(State.STOPPED, staging).boards()).isEmpty();
    assertThat(folder.resolve("staging")).doesNotExist();
  }

  @Test
  void a_cancelled_announcement_ends() {
    receiver.hang();

    assertThatThrownBy(
            () ->
                say(
                    () ->
                        progress -> {
                          throw new ActivityCanceledException();
                        },
                    State.STOPPED,
                    chat()))
        .isInstanceOf(ActivityCanceledException.class);
  }

  private ApplicationFailure failure(State state, NoticeBoard... boards) {
    ApplicationFailure failure =
        catchThrowableOfType(ApplicationFailure.class, () -> say(state, boards));
    assertThat(failure).isNotNull();
    assertThat(failure.toString()).doesNotContain(Incidents.SECRET);
    return failure;
  }
}
