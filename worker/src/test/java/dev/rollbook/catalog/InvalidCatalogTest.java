package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong within a well-formed catalog: where, and what to write instead. */
class InvalidCatalogTest {

  private static final String LOCAL = "services.shop.environments.local";

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  @Test
  void an_unknown_key_is_found_with_what_was_meant_and_what_is_allowed() {
    assertThat(catalogs.linesWith("helth: {every: 1s}\nprevious_tag: x"))
        .containsExactly(
            "rollbook.yaml:12:9: "
                + LOCAL
                + ": unknown key 'helth'. Did you mean 'health'? Allowed: kind, workers,"
                + " repository, previousTag, port, log, freeDisk, variables, stop, build, start,"
                + " health, checks, onFailure, escalation, decision,"
                + " prometheus, evidence",
            "rollbook.yaml:13:9: "
                + LOCAL
                + ": unknown key 'previous_tag'. Did you mean 'previousTag'? Allowed: kind,"
                + " workers, repository, previousTag, port, log, freeDisk, variables, stop, build,"
                + " start, health, checks, onFailure, escalation, decision,"
                + " prometheus, evidence");
  }

  @Test
  void a_missing_key_is_named_with_its_meaning_but_not_when_it_was_only_misspelt() {
    assertThat(catalogs.lines(Catalogs.SHORTEST.replace("        port: 8083\n", "")))
        .containsExactly(
            "rollbook.yaml:5:7: " + LOCAL + ": missing key 'port' (the service's own TCP port)");
    assertThat(catalogs.lines(Catalogs.SHORTEST.replace("port:", "prot:")))
        .singleElement()
        .asString()
        .startsWith(
            "rollbook.yaml:8:9: " + LOCAL + ": unknown key 'prot'. Did you mean 'port'? Allowed");
    assertThat(catalogs.lines("version: 1\n"))
        .containsExactly("rollbook.yaml:1:1: missing key 'services' (the services, by name)");
  }

  @Test
  void a_kind_that_is_none_is_all_that_is_told_of_its_environment() {
    assertThat(catalogs.lines(Catalogs.SHORTEST.replace("kind: local", "kind: nomad")))
        .containsExactly(
            "rollbook.yaml:6:15: "
                + LOCAL
                + ".kind: 'nomad' is not known. Allowed: local, compose, kubernetes");
    assertThat(catalogs.lines(Catalogs.SHORTEST.replace("kind: local", "kind: [local]")))
        .containsExactly(
            "rollbook.yaml:6:15: "
                + LOCAL
                + ".kind: wanted one of: local, compose, kubernetes; found a list");
    assertThat(catalogs.lines(Catalogs.SHORTEST.replace("        kind: local\n", "")))
        .containsExactly(
            "rollbook.yaml:5:7: " + LOCAL + ": missing key 'kind' (how the service runs there)");
    assertThat(catalogs.lines(Catalogs.SHORTEST.replace("kind: local", "knid: local")))
        .containsExactly(
            "rollbook.yaml:5:7: "
                + LOCAL
                + ": missing key 'kind' (how the service runs there); is it 'knid'?");
  }

  @Test
  void all_problems_come_at_once_in_the_order_of_the_text() {
    String text =
        """
        version: 2
        report: x
        services:
          Shop:
            environments: {}
          a:
            environments:
              local:
                kind: locl
                repository: 5
                port: 70000
                build: {command: ./gradlew build, within: 10, directory: ../other}
                start: {command: [], line: "(", within: 0s}
                stop: 10s
                health: {url: ftp://x, every: 5x, inARow: 1.5}
                freeDisk: 1TB
                checks:
                  - {name: "", expected: 1, headers: []}
        """;

    assertThat(catalogs.lines(text))
        .extracting(line -> line.replace("services.a.environments.local", "…"))
        .containsExactly(
            "rollbook.yaml:1:10: version: must be 1",
            "rollbook.yaml:2:1: unknown key 'report'. Did you mean 'reports'? Allowed: version,"
                + " reports, channels, roles, escalation, decision, prometheus, evidence,"
                + " guards, links, announcements, serve, alerts, services",
            "rollbook.yaml:4:3: services.Shop: names are lower-case letters, digits and '-', at"
                + " most 63, and begin with a letter or digit",
            "rollbook.yaml:5:19: services.Shop.environments: must not be empty",
            "rollbook.yaml:9:15: ….kind: 'locl' is not known. Did you mean 'local'? Allowed: local,"
                + " compose, kubernetes",
            "rollbook.yaml:10:21: ….repository: wanted text, found a whole number",
            "rollbook.yaml:11:15: ….port: must be from 1 to 65535",
            "rollbook.yaml:12:26: ….build.command: commands are lists: [./gradlew, build], found"
                + " text",
            "rollbook.yaml:12:51: ….build.within: a duration needs its unit: 30s, 10m, 2h, 1m30s,"
                + " 500ms or PT10M, found a whole number",
            "rollbook.yaml:12:66: ….build.directory: leads out of the repository; write a folder"
                + " in it",
            "rollbook.yaml:13:26: ….start.command: must not be empty",
            "rollbook.yaml:13:36: ….start.line: not a regular expression: Unclosed group (character"
                + " 2)",
            "rollbook.yaml:13:49: ….start.within: '0s' must be more than nothing",
            "rollbook.yaml:14:15: ….stop: wanted a mapping, found text",
            "rollbook.yaml:15:23: ….health.url: not a URL to ask: it begins with http:// or"
                + " https://",
            "rollbook.yaml:15:39: ….health.every: not a duration: write 30s, 10m, 2h, 1m30s, 500ms"
                + " or PT10M",
            "rollbook.yaml:15:51: ….health.inARow: wanted a whole number, found a number",
            "rollbook.yaml:16:19: ….freeDisk: not a size: write 500MB or 2GB (B, KB, MB, GB)",
            "rollbook.yaml:18:13: ….checks[0]: 'expected' needs 'pointer'",
            "rollbook.yaml:18:13: ….checks[0]: missing key 'url' (what is asked)",
            "rollbook.yaml:18:20: ….checks[0].name: must not be empty",
            "rollbook.yaml:18:46: ….checks[0].headers: wanted a mapping, found a list");
    assertThat(catalogs.problems(text))
        .hasMessageStartingWith(
            "The catalog " + folder.resolve("rollbook.yaml") + " has 22 problems:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version: one          | 1:10 | version | must be 1",
        "version: [1]          | 1:10 | version | must be 1",
        "services: []          | 1:11 | services | wanted a mapping, found a list",
        "services:             | 1:10 | services | wanted a mapping, found nothing",
        "services: text        | 1:11 | services | wanted a mapping, found text",
        "services: true        | 1:11 | services | wanted a mapping, found true",
        "services: {a: 1}      | 1:15 | services.a | wanted a mapping, found a whole number",
        "services: {a: {environments: []}} | 1:30 | services.a.environments | wanted a mapping,"
            + " found a list",
        "services: {a: {environments: {b: 1.5}}} | 1:34 | services.a.environments.b | wanted a"
            + " mapping, found a number",
        "reports: 5            | 1:10 | reports | wanted text, found a whole number",
      })
  void a_wrong_type_says_what_was_found_and_what_is_wanted(
      String text, String place, String where, String message) {
    assertThat(catalogs.lines(text))
        .contains("rollbook.yaml:" + place + ": " + where + ": " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "port: '8083'|port|wanted a whole number, found text",
        "port: 0|port|must be from 1 to 65535",
        "port: 99999999999999999999|port|wanted a whole number, found text",
        "log: [a]|log|wanted text, found a list",
        "previousTag: --force|previousTag|not the name of a git tag",
        "workers: ''|workers|task queues are letters, digits, '.', '_' and '-', at most 100,"
            + " and begin with a letter or digit",
        "checks: {}|checks|wanted a list, found a mapping",
        "variables: [A]|variables|wanted a mapping, found a list",
        "variables: {A: [b]}|variables.A|wanted text or a number or true or false, found a list",
        "variables: {A=B: c}|variables.A=B|not the name of an environment variable",
        "health: {headers: {'A B': c}}|health.headers.A B|not the name of an HTTP header",
        "health: {headers: {Host: c}}|health.headers.Host|this header is set by the HTTP client"
            + " itself",
        "health: {headers: {A: \"b\\r\\nC: d\"}}|health.headers.A|a header is a single line of"
            + " text",
        "health: {url: 'http:///x'}|health.url|this URL has no valid host",
        "health: {url: 'http://a b'}|health.url|not a URL: Illegal character in authority"
            + " (character 8)",
        "health: {url: 'http://a:70000'}|health.url|the port of this URL is not from 1 to 65535",
        "health: {inARow: 100, within: 1s}|health|asking so many times in a row takes longer"
            + " than 'within' allows",
        "health: {within: 10 m}|health.within|not a duration: write 30s, 10m, 2h, 1m30s, 500ms"
            + " or PT10M",
        "health: {within: 9999h}|health.within|'9999h' is longer than 366 days",
        "build: {command: [\"\"]}|build.command[0]|must not be empty",
        "build: {command: [a, [b]]}|build.command[1]|wanted text or a number or true or false,"
            + " found a list",
        "build: {command: [\"a\\0\"]}|build.command[0]|holds the character U+0000",
        "build: {command: [a], directory: /tmp}|build.directory|leads out of the repository;"
            + " write a folder in it",
        "build: {command: [a], directory: a/../..}|build.directory|leads out of the repository;"
            + " write a folder in it",
        "repository: \"a\\0\"|repository|not a path: Nul character not allowed",
      })
  void a_wrong_value_says_what_to_write(String field, String where, String message) {
    String key = field.substring(0, field.indexOf(':') + 1);
    String text =
        Catalogs.SHORTEST
                .lines()
                .filter(line -> !line.strip().startsWith(key))
                .reduce("", (before, line) -> before + line + "\n")
            + "        "
            + field
            + "\n";

    assertThat(catalogs.problems(text).problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.where()).isEqualTo(LOCAL + "." + where);
              assertThat(problem.message()).isEqualTo(message);
              assertThat(problem.line()).isEqualTo((int) text.lines().count());
            });
  }

  @Test
  void two_checks_of_one_name_are_told_apart() {
    assertThat(
            catalogs.linesWith(
                """
                checks:
                  - {name: a, url: "http://x"}
                  - {name: a, url: "https://x"}
                """))
        .containsExactly(
            "rollbook.yaml:14:20: "
                + LOCAL
                + ".checks[1].name: another check has this name; change one");
  }

  @Test
  void a_duplicate_key_names_both_lines() {
    assertThat(catalogs.linesWith("port: 1\nlog: a\nlog: b"))
        .containsExactly(
            "rollbook.yaml:12:9: "
                + LOCAL
                + ".port: this key stands twice, first in line 8; keep one",
            "rollbook.yaml:14:9: "
                + LOCAL
                + ".log: this key stands twice, first in line 13; keep one");
  }

  @Test
  void columns_count_characters_as_seen() {
    assertThat(catalogs.linesWith("variables: {쇼핑: '🛒🛒', 카트: []}"))
        .containsExactly(
            "rollbook.yaml:12:35: "
                + LOCAL
                + ".variables.카트: wanted text or a number or true or false, found a list");
  }

  @Test
  void a_key_cannot_play_with_the_terminal() {
    assertThat(catalogs.linesWith("\"\\e[2J\\n\\u202Ex\": 1\n" + "k".repeat(500) + ": 1"))
        .satisfiesExactly(
            line -> assertThat(line).contains(": unknown key '?[2J??x'. Allowed"),
            line -> assertThat(line).contains(": unknown key '" + "k".repeat(60) + "…'. Allowed"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DB_PASSWORD: hunter2",
        "DB_PASSWORD: 'hunter2 ${env'",
        "clientSecret: hunter2",
        "GITHUB_TOKEN: hunter2",
        "API-KEY: hunter2",
        "apiKey: hunter2",
        "A: '${hunter2}'",
        "A: \"${hunter2}\"",
        "A: '${env:hunter2-}'",
        "A: '${env:OK} ${hunter2'",
        "A: file:hunter2",
        "A: 'file:/a/${env:hunter2}'",
        "A: [hunter2]",
        "A: {hunter2: hunter2}",
      })
  void a_literal_secret_or_a_broken_reference_is_refused_and_never_shown(String field) {
    InvalidCatalog invalid =
        catalogs.problems(Catalogs.SHORTEST + "        variables: {" + field + "}\n");

    assertThat(invalid.problems())
        .singleElement()
        .satisfies(p -> assertThat(p.line()).isEqualTo(12));
    assertThat(invalid.problems().get(0).column()).isEqualTo(21 + field.indexOf(' ') + 1);
    assertThat(invalid).hasMessageNotContaining("hunter2").hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "variables: hunter2",
        "health: {url: 'http://me:hunter2@localhost/'}",
        "health: {url: 'http://localhost/${env:hunter2}'}",
        "health: {headers: {Authorization: Bearer hunter2}}",
        "variables: {A: *hunter2}",
        "variables: {A: !hunter2 x}",
        "variables: {A: !hunter2!x}",
        "variables: {A: &hunter2 }",
        "variables: {A: @hunter2}",
        "variables: {A: %hunter2}",
        "variables: {A: 'hunter2}",
        "variables: {A: \"\\hunter2\"}",
        "variables: {A: |hunter2}",
        "log: ${env:hunter2}",
        "variables: {A: ${hunter2}}",
      })
  void no_message_shows_a_value(String field) {
    InvalidCatalog invalid = catalogs.problems(Catalogs.SHORTEST + "        " + field + "\n");

    assertThat(invalid).isNotNull();
    assertThat(invalid).hasMessageNotContaining("hunter2").hasNoCause();
    assertThat(invalid.problems().get(0).line()).isGreaterThanOrEqualTo(12);
  }

  @Test
  void a_secret_in_an_argument_is_sent_to_the_variables() {
    assertThat(catalogs.lines(Catalogs.SHORTEST.replace("[make, run]", "[make, '--p=${env:P}']")))
        .containsExactly(
            "rollbook.yaml:11:27: "
                + LOCAL
                + ".start.command[1]: ${env:NAME} works under variables and headers only; a command"
                + " finds it in its environment");
  }

  @Test
  void what_says_where_a_secret_is_may_stand_as_it_is() throws Exception {
    List<String> variables =
        List.of(
            "DB_PASSWORD_FILE: /run/secrets/db",
            "TOKEN_TTL: 300",
            "DB_PASSWORD: ''",
            "AUTHORIZATION: 'Bearer ${env:TOKEN}'",
            "DB_SECRET: file:/run/secrets/db");

    Catalog catalog =
        catalogs.read(
            Catalogs.SHORTEST + "        variables: {" + String.join(", ", variables) + "}\n");

    assertThat(catalog.localEnvironments().find("shop", "local").variables()).hasSize(5);
  }
}
