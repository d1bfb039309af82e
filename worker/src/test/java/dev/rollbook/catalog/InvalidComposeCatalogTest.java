package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong within an environment of kind compose: where, and what to write instead. */
class InvalidComposeCatalogTest {

  private static final String STAGING = "services.shop.environments.staging";

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  @Test
  void a_key_of_kind_local_is_unknown_here_and_the_other_way_round() {
    assertThat(catalogs.composeLinesWith("repository: x\ncomposeservice: y"))
        .containsExactly(
            "rollbook.yaml:8:9: "
                + STAGING
                + ": unknown key 'repository'. Allowed: kind, workers, engine, project,"
                + " composeService, port, pin, previousTag, variables, stop, start, rebuild,"
                + " health, checks, dependencies, stackRestart, onFailure, escalation, decision,"
                + " prometheus, evidence",
            "rollbook.yaml:9:9: "
                + STAGING
                + ": unknown key 'composeservice'. Did you mean 'composeService'? Allowed: kind,"
                + " workers, engine, project, composeService, port, pin, previousTag, variables,"
                + " stop, start, rebuild, health, checks, dependencies, stackRestart, onFailure,"
                + " escalation, decision, prometheus, evidence");
    assertThat(catalogs.linesWith("composeService: x"))
        .singleElement()
        .asString()
        .startsWith("rollbook.yaml:12:9: services.shop.environments.local: unknown key 'compose");
  }

  @Test
  void the_port_is_needed_where_the_health_url_is_left_out() throws Exception {
    String portless = Catalogs.SHORTEST_COMPOSE.replace("        port: 8083\n", "");

    assertThat(catalogs.lines(portless))
        .containsExactly(
            "rollbook.yaml:5:7: "
                + STAGING
                + ": missing key 'port' (for the health URL; or write health.url)");
    assertThat(catalogs.lines(portless + "        health: {every: 2s}\n")).hasSize(1);
    assertThat(catalogs.lines(portless + "        prot: 8083\n"))
        .singleElement()
        .asString()
        .contains("unknown key 'prot'. Did you mean 'port'?");
    assertThat(
            catalogs
                .read(portless + "        health: {url: 'http://shop/health'}\n")
                .composeEnvironments()
                .find("shop", "staging")
                .health()
                .url())
        .hasToString("http://shop/health");
  }

  @Test
  void all_problems_come_at_once_in_the_order_of_the_text() {
    String more =
        """
        engine: http://localhost
        project: Shop
        pin: edti
        stop: {grace: 10}
        start: {line: "(", errors: [ok, "[", 5, ""], within: soon}
        rebuild: {command: make, directory: .., image: "a b"}
        health: {inARow: 0}
        checks: [{name: a}]
        dependencies:
          - {name: a}
          - {tcp: 'x:1'}
          - {name: b, tcp: mysql-db}
          - {name: b, url: 'http://x', service: y}
          - {name: c, sevice: y}
        stackRestart: {}
        """;

    assertThat(catalogs.composeLinesWith(more))
        .extracting(line -> line.replace(STAGING, "…"))
        .containsExactly(
            "rollbook.yaml:8:17: ….engine: not a Docker Engine: it begins with unix:/// or tcp://",
            "rollbook.yaml:9:18: ….project: Compose projects are lower-case letters, digits, '_' and"
                + " '-', at most 100, and begin with a letter or digit",
            "rollbook.yaml:10:14: ….pin: 'edti' is not known. Did you mean 'edit'? Allowed: edit,"
                + " override, leave",
            "rollbook.yaml:11:23: ….stop.grace: a duration needs its unit: 30s, 10m, 2h, 1m30s,"
                + " 500ms or PT10M, found a whole number",
            "rollbook.yaml:12:23: ….start.line: not a regular expression: Unclosed group (character"
                + " 2)",
            "rollbook.yaml:12:41: ….start.errors[1]: not a regular expression: Unclosed character"
                + " class (character 1)",
            "rollbook.yaml:12:46: ….start.errors[2]: wanted text, found a whole number",
            "rollbook.yaml:12:49: ….start.errors[3]: must not be empty",
            "rollbook.yaml:12:62: ….start.within: not a duration: write 30s, 10m, 2h, 1m30s, 500ms"
                + " or PT10M",
            "rollbook.yaml:13:9: ….rebuild: missing key 'repository' (the git work tree)",
            "rollbook.yaml:13:28: ….rebuild.command: commands are lists: [./gradlew, build], found"
                + " text",
            "rollbook.yaml:13:45: ….rebuild.directory: leads out of the repository; write a folder"
                + " in it",
            "rollbook.yaml:13:56: ….rebuild.image: not the name of an image: write"
                + " shopping-service:0.0.1-SNAPSHOT",
            "rollbook.yaml:14:26: ….health.inARow: must be from 1 to 1000",
            "rollbook.yaml:15:18: ….checks[0]: missing key 'url' (what is asked)",
            "rollbook.yaml:17:13: ….dependencies[0]: write one of 'url', 'tcp' and 'service'",
            "rollbook.yaml:18:13: ….dependencies[1]: missing key 'name' (what the dependency is"
                + " called in reports)",
            "rollbook.yaml:19:28: ….dependencies[2].tcp: not a host and its port: write"
                + " mysql-db:3306",
            "rollbook.yaml:20:13: ….dependencies[3]: keep one of 'url', 'tcp' and 'service'",
            "rollbook.yaml:20:20: ….dependencies[3].name: another dependency has this name; change"
                + " one",
            "rollbook.yaml:21:23: ….dependencies[4]: unknown key 'sevice'. Did you mean 'service'?"
                + " Allowed: name, url, tcp, service, database",
            "rollbook.yaml:22:9: ….stackRestart: missing key 'askWithin' (how long people are asked;"
                + " silence is no)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "engine: unix://var/run/docker.sock|engine|not a Docker Engine: it begins with unix:/// or"
            + " tcp://",
        "engine: 'unix:///'|engine|not a socket: write unix:///var/run/docker.sock, with three"
            + " slashes",
        "engine: 'unix:///a b'|engine|not a URL: Illegal character in path (character 10)",
        "engine: 'tcp://localhost'|engine|this address has no port: write tcp://localhost:2375",
        "engine: 'tcp://me:hunter2@localhost:2375'|engine|no user or password in the address of a"
            + " Docker Engine",
        "engine: 'tcp://localhost:70000'|engine|the port of this URL is not from 1 to 65535",
        "previousTag: 'shop:previous'|previousTag|not the tag of an image: write previous, not"
            + " shopping-service:previous",
        "composeService: --help|composeService|Compose services are letters, digits, '.', '_' and"
            + " '-', at most 100, and begin with a letter, digit or '_'",
        "project: []|project|wanted text, found a list",
        "pin: [edit]|pin|wanted one of: edit, override, leave; found a list",
        "stop: {grace: 0s}|stop.grace|'0s' must be more than nothing",
        "start: {errors: ERROR}|start.errors|wanted a list, found text",
        "start: {command: [a]}|start|unknown key 'command'. Allowed: within, line, errors",
        "rebuild: {repository: r, command: [a], image: Shop}|rebuild.image|not the name of an image:"
            + " write shopping-service:0.0.1-SNAPSHOT",
        "rebuild: {repository: r, command: ['${env:P}'], image: a}|rebuild.command[0]|${env:NAME}"
            + " works under variables and headers only; a command finds it in its environment",
        "variables: {DB_PASSWORD: hunter2}|variables.DB_PASSWORD|a secret must not stand here; write"
            + " ${env:NAME} or file:/path",
        "dependencies: {}|dependencies|wanted a list, found a mapping",
        "dependencies: [{name: a, tcp: 'db:0'}]|dependencies[0].tcp|not a host and its port: write"
            + " mysql-db:3306",
        "dependencies: [{name: a, tcp: 'db:65536'}]|dependencies[0].tcp|not a host and its port:"
            + " write mysql-db:3306",
        "dependencies: [{name: a, tcp: '-e:80'}]|dependencies[0].tcp|not a host and its port: write"
            + " mysql-db:3306",
        "dependencies: [{name: a, url: 'db:80'}]|dependencies[0].url|not a URL to ask: it begins"
            + " with http:// or https://",
        "dependencies: [{name: a, service: ''}]|dependencies[0].service|Compose services are"
            + " letters, digits, '.', '_' and '-', at most 100, and begin with a letter, digit or"
            + " '_'",
        "stackRestart: 5m|stackRestart|wanted a mapping, found text",
        "stackRestart: {askWithin: 0s}|stackRestart.askWithin|'0s' must be more than nothing",
      })
  void a_wrong_value_says_what_to_write(String field, String where, String message) {
    InvalidCatalog invalid =
        catalogs.problems(Catalogs.SHORTEST_COMPOSE + "        " + field + "\n");

    assertThat(invalid.problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.where()).isEqualTo(STAGING + "." + where);
              assertThat(problem.message()).isEqualTo(message);
              assertThat(problem.line()).isEqualTo(8);
            });
    assertThat(invalid).hasMessageNotContaining("hunter2").hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "engine: 'unix:///run/user/1000/docker.sock'",
        "engine: 'tcp://[::1]:2375'",
        "project: shop_2-test",
        "composeService: shopping.service_1",
        "previousTag: v1.0.0-RC1_x",
        "rebuild: {repository: r, command: [a], image: 'localhost:5000/team/shop:1.0'}",
        "dependencies: [{name: a, tcp: '[::1]:65535'}, {name: b, tcp: 'mysql_db:1'}]",
        "start: {errors: []}",
        "pin: leave",
      })
  void what_compose_allows_is_read(String field) throws Exception {
    assertThat(
            catalogs
                .read(Catalogs.SHORTEST_COMPOSE + "        " + field + "\n")
                .composeEnvironments()
                .find("shop", "staging"))
        .isNotNull();
  }
}
