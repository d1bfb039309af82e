package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.escalation.EscalationPolicy;
import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.NoticeBoard;
import dev.rollbook.escalation.NoticeBoard.Audience;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EscalationCatalogTest {

  static final String PEOPLE =
      """
      channels:
        chat: {type: slack, url: "${env:CHAT}"}
        email: {type: email, host: localhost, tls: none, from: rollbook@example.com}
      roles:
        oncall: [oncall@example.com]
        dba: [dba@example.com, dba2@example.com]
        senior: [senior@example.com]
      """;

  private static final Map<String, String> VARIABLES =
      Map.of("PAGERDUTY_KEY", "pagerduty-secret", "WAR_ROOM_WEBHOOK", "https://chat/war-secret");

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  private EscalationPolicy policy(String catalog) throws InvalidCatalog {
    return catalogs.read(catalog).escalationPolicies().find("shop", "local");
  }

  private CatalogEntry entry(String catalog) throws InvalidCatalog {
    return catalogs.read(catalog).serviceCatalog().find("shop", "local");
  }

  private static Level level(EscalationPolicy policy, String id) {
    return policy.levels().stream().filter(each -> each.id().equals(id)).findFirst().get();
  }

  @Test
  void without_people_nobody_is_called_and_the_service_is_stopped() throws Exception {
    CatalogEntry entry = entry(Catalogs.SHORTEST);

    assertThat(entry.escalates()).isFalse();
    assertThat(entry.onFailure()).isEqualTo(CatalogEntry.OnFailure.STOP);
    assertThat(policy(Catalogs.SHORTEST).levels()).isEmpty();
    assertThat(catalogs.read(Catalogs.SHORTEST).contacts().channels()).isEmpty();
  }

  @Test
  void with_people_and_no_levels_it_is_the_runbooks_table() throws Exception {
    EscalationPolicy policy = policy(PEOPLE + Catalogs.SHORTEST);

    assertThat(entry(PEOPLE + Catalogs.SHORTEST).escalates()).isTrue();
    assertThat(policy.levels())
        .extracting(Level::id)
        .containsExactly("oncall", "dba", "infrastructure", "executives", "senior");
    Level oncall = level(policy, "oncall");
    assertThat(oncall.title()).isEqualTo("On-Call Engineer");
    assertThat(oncall.when()).containsExactly(Trouble.ROLLBACK);
    assertThat(oncall.notifyAfter()).isZero();
    assertThat(oncall.channels()).containsExactly("chat", "email");
    assertThat(oncall.recipients()).containsExactly("oncall@example.com");
    Level dba = level(policy, "dba");
    assertThat(dba.when()).containsExactly(Trouble.DATABASE);
    assertThat(dba.notifyAfter()).isZero();
    assertThat(List.of(dba.notifyBy(), dba.ackWithin())).containsOnly(Duration.ofMinutes(5));
    assertThat(dba.recipients()).containsExactly("dba@example.com", "dba2@example.com");
    Level infrastructure = level(policy, "infrastructure");
    assertThat(infrastructure.when()).containsExactly(Trouble.INFRASTRUCTURE);
    assertThat(infrastructure.notifyBy()).isEqualTo(Duration.ofMinutes(10));
    assertThat(infrastructure.recipients()).isEmpty();
    assertThat(level(policy, "executives").companyWide()).isTrue();
    assertThat(level(policy, "executives").notifyAfter()).isZero();
    Level senior = level(policy, "senior");
    assertThat(senior.notifyAfter()).isEqualTo(Duration.ofMinutes(15));
    assertThat(senior.silencedBy()).containsExactly("oncall");
    assertThat(policy.commander()).isNull();
    assertThat(policy.rounds()).isEqualTo(2);
    assertThat(policy.remindAfter()).isZero();
  }

  @Test
  void the_table_in_the_example_is_the_default() throws Exception {
    Catalog example = Catalog.read(Catalogs.EXAMPLE, VARIABLES);
    String text =
        PEOPLE.replace("roles:", "roles:\n  vendor: [v]\n  infrastructure: [i]\n  executives: [e]");
    EscalationPolicy usual = policy(text.replaceAll("(?m)^  email: .*\n", "") + Catalogs.SHORTEST);

    EscalationPolicy written = example.escalationPolicies().find("shopping-service", "production");

    assertThat(written.levels()).hasSize(6);
    assertThat(written.levels())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("channels", "recipients")
        .containsExactlyElementsOf(usual.levels());
    assertThat(level(written, "vendor").channels())
        .containsExactly("pager", "chat", "email", "bridge");
    assertThat(written.remindAfter()).isEqualTo(Duration.ofHours(4));
    assertThat(written.commander().title()).isEqualTo("Incident Commander");
    assertThat(written.commander().recipients()).containsExactly("incident-commander@example.com");
  }

  @Test
  void the_example_reaches_people_and_hides_its_secrets() throws Exception {
    Catalog example = Catalog.read(Catalogs.EXAMPLE, VARIABLES);

    assertThat(example.contacts().channels()).containsOnlyKeys("pager", "chat", "email", "bridge");
    assertThat(example.contacts().links()).isPresent();
    assertThat(example.contacts().boards())
        .extracting(NoticeBoard::name, NoticeBoard::audience, NoticeBoard::environments)
        .containsExactly(
            tuple("page", Audience.USERS, Set.of()),
            tuple("status-page", Audience.USERS, Set.of("production")),
            tuple("war-room", Audience.TEAMS, Set.of()),
            tuple("intranet", Audience.TEAMS, Set.of()));
    assertThat(new Redaction(example.secrets()).clean("pagerduty-secret https://chat/war-secret"))
        .isEqualTo("*** ***");
    assertThat(example.secrets())
        .filteredOn(Secret::isReference)
        .allSatisfy(secret -> assertThat(secret).hasToString("***"));
  }

  @Test
  void an_environment_may_leave_the_service_and_call_nobody_or_others() throws Exception {
    Catalog example = Catalog.read(Catalogs.EXAMPLE, VARIABLES);
    String own =
        """
        escalation:
          rounds: 5
          commander: senior
          levels:
            - {role: senior, id: first, title: First, when: [database], channels: [email],
               notifyAfter: 1m, repeat: {every: 30s, most: 7}, companyWide: true}
        """;
    EscalationPolicy others = policy(PEOPLE + Catalogs.SHORTEST + own.indent(8));

    CatalogEntry local = example.serviceCatalog().find("shopping-service", "local");
    assertThat(local.onFailure()).isEqualTo(CatalogEntry.OnFailure.LEAVE);
    assertThat(example.escalationPolicies().find("shopping-service", "local").levels()).isEmpty();
    assertThat(others.rounds()).isEqualTo(5);
    assertThat(others.commander().recipients()).containsExactly("senior@example.com");
    assertThat(others.levels())
        .containsExactly(
            new Level(
                "first",
                "First",
                Set.of(Trouble.DATABASE),
                true,
                Duration.ofMinutes(1),
                Duration.ofMinutes(2),
                Duration.ofMinutes(6),
                Duration.ofSeconds(30),
                7,
                Set.of(),
                List.of("email"),
                List.of("senior@example.com")));
    assertThat(others.hash())
        .matches("[0-9a-f]{16}")
        .isNotEqualTo(policy(PEOPLE + Catalogs.SHORTEST).hash())
        .isEqualTo(policy(PEOPLE + Catalogs.SHORTEST + own.indent(8)).hash());
  }

  @Test
  void a_board_is_told_even_where_nobody_is_called() throws Exception {
    String boards =
        """
        announcements:
          boards:
            page: {type: file, folder: status, environments: [%s]}
        """;
    String elsewhere = "      staging: {kind: compose, port: 1}\n";

    assertThat(entry(boards.formatted("local") + Catalogs.SHORTEST).escalates()).isTrue();
    assertThat(entry(boards.formatted("staging") + Catalogs.SHORTEST + elsewhere).escalates())
        .isFalse();
  }

  @Test
  void what_hits_the_whole_company_is_said_of_an_environment_or_of_all() throws Exception {
    String all = "escalation: {companyWide: true}\n";

    assertThat(policy(PEOPLE + Catalogs.SHORTEST).companyWide()).isFalse();
    assertThat(policy(PEOPLE + all + Catalogs.SHORTEST).companyWide()).isTrue();
    assertThat(policy(PEOPLE + Catalogs.SHORTEST + all.indent(8)).companyWide()).isTrue();
    assertThat(
            policy(PEOPLE + all + Catalogs.SHORTEST + all.replace("true", "false").indent(8))
                .companyWide())
        .isFalse();
  }

  @Test
  void a_heartbeat_is_a_url_and_a_secret() throws Exception {
    String heartbeat = "escalation: {heartbeat: \"%s\"}\n";
    Path file = catalogs.write(PEOPLE + heartbeat.formatted("${env:BEAT}") + Catalogs.SHORTEST);
    Catalog catalog = Catalog.read(file, Map.of("BEAT", "https://beats.example.com/secret-uuid"));

    assertThat(catalog.contacts().heartbeat()).isPresent();
    assertThat(
            new Redaction(catalog.secrets()).clean("asked https://beats.example.com/secret-uuid"))
        .isEqualTo("asked ***");
    assertThat(
            catalogs.lines(PEOPLE + heartbeat.formatted("beats.example.com") + Catalogs.SHORTEST))
        .singleElement()
        .asString()
        .contains("escalation.heartbeat: not a URL");
    assertThat(
            catalogs.lines(PEOPLE + Catalogs.SHORTEST + heartbeat.formatted("https://b").indent(8)))
        .singleElement()
        .asString()
        .contains("there is one heartbeat for all: write it under the escalation at the top");
  }

  @Test
  void an_unknown_service_has_no_policy() throws Exception {
    Catalog catalog = catalogs.read(PEOPLE + Catalogs.SHORTEST);

    ApplicationFailure failure =
        catchThrowableOfType(
            ApplicationFailure.class, () -> catalog.escalationPolicies().find("shpo", "local"));

    assertThat(failure.getType()).isEqualTo("UnknownService");
    assertThat(failure.isNonRetryable()).isTrue();
  }
}
