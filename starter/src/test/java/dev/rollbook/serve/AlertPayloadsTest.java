package dev.rollbook.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Severity;
import dev.rollbook.catalog.ServeSettings.Limits;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Alert.State;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What an Alertmanager has really sent, and what nobody should send. */
@Timeout(180)
class AlertPayloadsTest {

  private static final String FIRING =
      "{'status':'firing','labels':{'alertname':'Down','service':'orders','severity':'critical'},'fingerprint':'f1'%s}";

  @TempDir Path folder;
  private Served served;

  @BeforeEach
  void start() throws Exception {
    served = Served.plain(folder);
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private Served.Response post(String json) throws Exception {
    return served.post(json.replace('\'', '"').getBytes(UTF_8));
  }

  private static String message(String... alerts) {
    return "{'version':'4','status':'firing','alerts':[" + String.join(",", alerts) + "]}";
  }

  @ParameterizedTest
  @CsvSource({
    "e2e-prometheus-firing, '{started=1}'",
    "firing-2000-alerts, '{quarantined=2000}'",
    "firing-basic-auth, '{started=1}'",
    "firing-bearer-auth, '{started=1}'",
    "firing-group4-mixed-severity, '{joined=3, started=1}'",
    "firing-group4-two-resolved, '{joined=3, started=1}'",
    "firing-groupby-all-a, '{started=1}'",
    "firing-groupby-all-b, '{started=1}'",
    "firing-groupkey-after-reload, '{quarantined=1}'",
    "firing-groupkey-before-reload, '{quarantined=1}'",
    "firing-mtls, '{started=1}'",
    "firing-no-alertname, '{quarantined=1}'",
    "firing-no-severity-no-service, '{quarantined=1}'",
    "firing-single, '{started=1}'",
    "firing-unicode-special, '{quarantined=1}'",
    "flap-first-startsAt, '{started=1}'",
    "flap-second-startsAt-no-resolved-between, '{started=1}'",
    "ha-duplicate-am1, '{started=1}'",
    "ha-duplicate-am2, '{started=1}'",
    "resolved-group-remaining2, '{joined=1, started=1}'",
    "resolved-single, '{started=1}'"
  })
  void each_captured_message_is_answered_alert_by_alert(String fixture, String expected)
      throws Exception {
    Served.Response response = served.post(Served.fixture(fixture));

    assertThat(response.status()).as(response.body()).isEqualTo(200);
    TreeMap<String, Integer> counts = new TreeMap<>();
    response
        .json()
        .path("alerts")
        .forEach(a -> counts.merge(a.path("what").asText(), 1, Integer::sum));
    assertThat(counts).as(response.body()).hasToString(expected);
    assertThat(response.json().path("alerts"))
        .allMatch(a -> !a.path("fingerprint").asText().isEmpty());
  }

  @Test
  void the_watchdog_is_a_sign_of_life_and_no_case_for_people() throws Exception {
    JsonNode became =
        post(message("{'status':'firing','labels':{'alertname':'Watchdog'},'fingerprint':'w1'}"))
            .json()
            .at("/alerts/0");

    assertThat(became.path("what").asText()).isEqualTo("ignored");
    assertThat(served.intake.quarantined).isEmpty();
    assertThat(served.get("/metrics").body())
        .containsPattern("rollbook_watchdog_timestamp_seconds [1-9]")
        .contains("rollbook_watchdog_silent 0.0");
  }

  @Test
  void the_end_of_the_watchdog_is_no_sign_of_life() throws Exception {
    JsonNode became =
        post(message("{'status':'resolved','labels':{'alertname':'Watchdog'},'fingerprint':'w1'}"))
            .json()
            .at("/alerts/0");

    assertThat(became.path("what").asText()).isEqualTo("ignored");
    assertThat(became.path("why").asText()).isEqualTo("resolved, which is no sign of life");
    assertThat(served.get("/metrics").body()).contains("rollbook_watchdog_timestamp_seconds 0.0");
  }

  @Test
  void an_alert_is_told_in_the_catalogs_words_with_a_link_to_its_run() throws Exception {
    JsonNode became = served.post(Served.fixture("firing-single")).json().at("/alerts/0");

    assertThat(became.path("run").asText()).isEqualTo("rollback:production:orders");
    assertThat(became.path("link").asText())
        .isEqualTo(
            "https://temporal.example.com/namespaces/default/workflows/rollback%3Aproduction%3Aorders");
    Alert alert = served.intake.taken.get(0);
    assertThat(alert.receivedAt()).isAfter(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(alert)
        .usingRecursiveComparison()
        .ignoringFields("receivedAt")
        .isEqualTo(
            new Alert(
                "32724ba306d50597",
                State.FIRING,
                "orders",
                "production",
                Severity.CRITICAL,
                Instant.parse("2026-11-22T20:40:25.300906979Z"),
                null,
                null,
                "HighErrorRate",
                "5xx ratio 12% on orders",
                "https://runbooks.example/orders/rollback",
                "http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1"));
  }

  @Test
  void copies_of_a_pair_are_the_same_alert() throws Exception {
    served.post(Served.fixture("ha-duplicate-am1"));
    served.post(Served.fixture("ha-duplicate-am2"));

    assertThat(served.intake.taken).hasSize(2);
    assertThat(served.intake.taken.get(0))
        .usingRecursiveComparison()
        .ignoringFields("receivedAt")
        .isEqualTo(served.intake.taken.get(1));
  }

  @Test
  void what_still_fires_is_told_before_what_is_resolved_and_the_worst_first() throws Exception {
    String low = FIRING.replace("critical", "LOW").replace("f1", "f2").formatted("");
    String resolved = FIRING.replace("'firing'", "'resolved'").replace("f1", "f0").formatted("");
    String page = FIRING.replace("critical", " Page ").formatted("");

    assertThat(post(message(resolved, low, page)).status()).isEqualTo(200);

    assertThat(served.intake.taken)
        .extracting(Alert::fingerprint)
        .containsExactly("f1", "f2", "f0");
    assertThat(served.intake.taken)
        .extracting(Alert::severity)
        .containsExactly(Severity.CRITICAL, Severity.LOW, Severity.CRITICAL);
  }

  @Test
  void of_thousands_of_one_service_all_are_told_and_all_are_answered() throws Exception {
    String[] alerts =
        IntStream.range(0, 2000)
            .mapToObj(i -> FIRING.replace("f1", "f%04d".formatted(i)).formatted(""))
            .toArray(String[]::new);

    JsonNode answer = post(message(alerts)).json().path("alerts");

    assertThat(served.intake.taken).hasSize(2000);
    assertThat(answer).hasSize(2000);
    assertThat(answer).filteredOn(a -> a.path("what").asText().equals("started")).hasSize(1);
    assertThat(answer).filteredOn(a -> a.path("what").asText().equals("joined")).hasSize(1999);
  }

  @Test
  void labels_are_read_by_the_catalogs_names_and_by_no_others() throws Exception {
    String names =
        Served.CATALOG.replace(
            "services:\n",
            "  labels: {service: application, environment: env, severity: prio}\nservices:\n");
    try (Served named = new Served(folder, Served.settings(Limits.USUAL), names)) {
      String labels =
          "'application':'billing','env':'staging','prio':'page','environment':'production','severity':'low'";
      String json = message(FIRING.replace("'severity':'critical'", labels).formatted(""));

      Served.Response response = named.post(json.replace('\'', '"').getBytes(UTF_8));
      Served.Response unnamed =
          named.post(message(FIRING.formatted("")).replace('\'', '"').getBytes(UTF_8));

      assertThat(response.json().at("/alerts/0/what").asText()).isEqualTo("started");
      assertThat(named.intake.taken)
          .singleElement()
          .extracting(Alert::service, Alert::environment, Alert::severity)
          .containsExactly("billing", "staging", Severity.CRITICAL);
      assertThat(unnamed.json().at("/alerts/0/why").asText())
          .isEqualTo("it names no service (label 'application')");
    }
  }

  @Test
  void without_a_start_copies_are_one_alert_within_an_hour() throws Exception {
    served.post(message(FIRING.formatted("")).replace('\'', '"').getBytes(UTF_8));

    Alert alert = served.intake.taken.get(0);
    assertThat(alert.startsAt()).isEqualTo(Alert.NOBODY_KNOWS);
    assertThat(alert.key()).isEqualTo("f1@" + alert.receivedAt().truncatedTo(ChronoUnit.HOURS));
    assertThat(alert.since()).isEqualTo("since nobody knows when");
  }

  @Test
  void what_nobody_may_roll_back_is_put_before_a_person_once() throws Exception {
    byte[] many = Served.fixture("firing-2000-alerts");
    served.post(many);
    served.post(many);
    Served.Response again = served.post(Served.fixture("firing-no-severity-no-service"));
    served.post(Served.fixture("firing-no-severity-no-service"));

    assertThat(served.intake.taken).isEmpty();
    assertThat(served.intake.quarantined)
        .extracting(InMemoryIntake.Quarantined::why, InMemoryIntake.Quarantined::alike)
        .containsExactly(
            tuple("it names no service (label 'service')", 2000),
            tuple("it names no service (label 'service')", 1));
    assertThat(again.json().at("/alerts/0/why").asText())
        .isEqualTo("it names no service (label 'service')");
  }

  static Stream<Arguments> strangers() {
    return Stream.of(
        Arguments.of("'service':'orders'", "'service':'nope'", "the catalog has no service 'nope'"),
        Arguments.of(
            "'service':'orders'",
            "'service':'secret'",
            "no alert may roll secret back (alerts.allow of the catalog)"),
        Arguments.of(
            "'service':'orders'",
            "'service':'orders','environment':'moon'",
            "orders has no environment 'moon'"),
        Arguments.of(",'severity':'critical'", "", "it has no severity (label 'severity')"),
        Arguments.of(
            "critical",
            "warning",
            "nobody has said what severity 'warning' means (alerts.severities of the catalog)"),
        Arguments.of(
            "'fingerprint':'f1'",
            "'fingerprint':''",
            "it has no fingerprint, so it cannot be told from others"),
        Arguments.of("'alertname':'Down',", "", "it has no name (label 'alertname')"));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void an_alert_that_the_catalog_has_no_words_for_says_why(String from, String to, String why)
      throws Exception {
    Served.Response response = post(message(FIRING.replace(from, to).formatted("")));

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.json().at("/alerts/0/what").asText()).isEqualTo("quarantined");
    assertThat(response.json().at("/alerts/0/why").asText()).isEqualTo(why);
    assertThat(served.intake.taken).isEmpty();
    assertThat(served.intake.quarantined).hasSize(1);
  }

  @Test
  void what_a_run_refuses_is_put_before_a_person() throws Exception {
    Served.Response response = post(message(FIRING.replace("orders", "shop").formatted("")));

    assertThat(response.json().at("/alerts/0/what").asText()).isEqualTo("quarantined");
    assertThat(served.intake.quarantined)
        .extracting(InMemoryIntake.Quarantined::why)
        .containsExactly("its run refuses it");
  }

  @Test
  void a_person_who_could_not_be_told_is_told_when_it_is_sent_again() throws Exception {
    served.intake.isAway(true);
    assertThat(served.post(Served.fixture("firing-unicode-special")).status()).isEqualTo(503);
    served.intake.isAway(false);
    assertThat(served.post(Served.fixture("firing-unicode-special")).status()).isEqualTo(200);

    assertThat(served.intake.quarantined).hasSize(1);
  }

  @Test
  void hostile_text_stays_text() throws Exception {
    Served.Response response = served.post(Served.fixture("firing-unicode-special"));

    Alert alert = served.intake.quarantined.get(0).alert();
    assertThat(alert.name()).isEqualTo("Überlauf 🚨 \"q\" <script>&'\\ $(id) `id` {{ .X }}");
    assertThat(alert.service()).isEqualTo("pay/../../etc");
    assertThat(alert.summary()).doesNotContain("\u0001").contains("漢字");
    assertThat(response.json().at("/alerts/0/why").asText())
        .isEqualTo("the catalog has no service 'pay/../../etc'");
    assertThat(response.head()).contains("application/json", "nosniff");
    assertThat(response.body()).doesNotContain("\u202e", "\u0001");
  }

  @Test
  void links_that_are_none_are_left_out() throws Exception {
    post(
        message(
            FIRING.formatted(
                ",'generatorURL':'javascript:alert(1)','annotations':{'runbook_url':'file:///etc/passwd'}")));

    assertThat(served.intake.taken.get(0).generatorUrl()).isNull();
    assertThat(served.intake.taken.get(0).runbookUrl()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "0001-01-01T00:00:00Z, , it says not when it began",
    "9999-12-31T23:59:59Z, 9999-12-31T23:59:59Z, later than now",
    "1969-07-20T20:17:40.123456789Z, 1969-07-20T20:17:40.123456789Z, ",
    "2026-01-01T08:00:00+08:00, 2026-01-01T00:00:00Z, ",
    "2025-12-31T00:30:00-23:30, 2026-01-01T00:00:00Z, "
  })
  void odd_times_are_read_and_noted(String written, Instant read, String note) throws Exception {
    Served.Response response = post(message(FIRING.formatted(",'startsAt':'" + written + "'")));

    assertThat(response.status()).isEqualTo(200);
    Alert alert = served.intake.taken.get(0);
    assertThat(alert.startsAt()).isEqualTo(read == null ? Alert.NOBODY_KNOWS : read);
    assertThat(response.json().at("/alerts/0/notes").toString()).contains(note == null ? "" : note);
  }

  @Test
  void an_end_before_the_start_is_noted() throws Exception {
    String ended = ",'startsAt':'2026-01-02T00:00:00Z','endsAt':'2026-01-01T00:00:00Z'";
    JsonNode answer =
        post(message(FIRING.replace("'firing'", "'resolved'").formatted(ended))).json();

    assertThat(answer.at("/alerts/0/notes/0").asText()).isEqualTo("it ended before it began");
    assertThat(served.intake.taken.get(0).endsAt()).isEqualTo("2026-01-01T00:00:00Z");
  }

  @Test
  void another_version_and_unknown_keys_do_not_disarm_it() throws Exception {
    Served.Response response =
        post(
            "{'version':5,'orgId':1,'title':{'a':[1]},'truncatedAlerts':3,'alerts':["
                + FIRING.formatted(",'values':{'B':1.5},'silenceURL':null")
                + "]}");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.json().at("/alerts/0/what").asText()).isEqualTo("started");
    assertThat(response.json().path("notes").toString())
        .contains("its version is not 4", "left out 3 alerts");
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of("[]", ""),
        Arguments.of("null", ""),
        Arguments.of("'x'", ""),
        Arguments.of("{}", "/alerts"),
        Arguments.of("{'alerts':null}", "/alerts"),
        Arguments.of("{'alerts':{}}", "/alerts"),
        Arguments.of("{'alerts':[null]}", "/alerts/0"),
        Arguments.of("{'alerts':[1]}", "/alerts/0"),
        Arguments.of("{'alerts':[{}]}", "/alerts/0/status"),
        Arguments.of("{'status':'pending','alerts':[]}", "/status"),
        Arguments.of(
            message(FIRING.replace("'firing'", "'Firing'").formatted("")), "/alerts/0/status"),
        Arguments.of(message(FIRING.formatted(",'startsAt':'yesterday'")), "/alerts/0/startsAt"),
        Arguments.of(
            message(FIRING.formatted(",'endsAt':'2026-13-01T00:00:00Z'")), "/alerts/0/endsAt"),
        Arguments.of(
            message(FIRING.replace("'orders'", "1").formatted("")), "/alerts/0/labels/service"),
        Arguments.of(
            message(FIRING.replace("'orders'", "null").formatted("")), "/alerts/0/labels/service"),
        Arguments.of(
            message(FIRING.replace("'orders'", "{}").formatted("")), "/alerts/0/labels/service"),
        Arguments.of(
            message(FIRING.replace("'orders'", "[]").formatted("")), "/alerts/0/labels/service"),
        Arguments.of(
            message(FIRING.formatted(",'annotations':{'a/b~c':true}")),
            "/alerts/0/annotations/a~1b~0c"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void json_that_is_no_message_is_pointed_at(String json, String pointer) throws Exception {
    Served.Response response = post(json);

    assertThat(response.status()).as(response.body()).isEqualTo(422);
    assertThat(response.json().path("pointer").asText("none")).isEqualTo(pointer);
    assertThat(served.intake.taken).isEmpty();
  }

  private static String unknown(String value) {
    return "{\"alerts\":[],\"x\":" + value + "}";
  }

  @Test
  void what_is_just_within_the_limits_of_json_is_read() throws Exception {
    for (String json :
        List.of(
            unknown("[".repeat(15) + "]".repeat(15)),
            "{\"" + "n".repeat(1024) + "\":1,\"alerts\":[]}",
            unknown("1".repeat(64)),
            unknown("\"" + "x".repeat(65_536) + "\""),
            unknown("\"" + "\\n".repeat(65_536) + "\""),
            unknown(MalformedMessages.keys(1000)),
            unknown("[" + "1,".repeat(999_900) + "1]"))) {
      Served.Response response = served.post(json.getBytes(UTF_8));

      assertThat(response.status()).as(response.body()).isEqualTo(200);
    }
  }

  static Stream<Arguments> malformed() {
    return MalformedMessages.all().entrySet().stream()
        .map(each -> Arguments.of(each.getKey(), each.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void what_is_no_json_is_refused(String name, byte[] body) throws Exception {
    Served.Response response = served.post(body);

    assertThat(response.status())
        .as(response.body())
        .isEqualTo(name.equals("exponent") ? 422 : 400);
    assertThat(response.json().path("error").asText()).isNotBlank().hasSizeLessThan(300);
    assertThat(List.copyOf(served.intake.taken)).isEmpty();
    assertThat(served.get("/health").status()).isEqualTo(200);
  }

  @Test
  void more_alerts_than_are_taken_are_refused_whole() throws Exception {
    String[] alerts = new String[10_001];
    Arrays.fill(alerts, "{'status':'firing'}");

    Served.Response response = post(message(alerts));

    assertThat(response.status()).isEqualTo(413);
    assertThat(response.json().path("error").asText())
        .contains("10001 alerts", "serve.limits.alerts");
    assertThat(served.intake.quarantined).isEmpty();
  }
}
