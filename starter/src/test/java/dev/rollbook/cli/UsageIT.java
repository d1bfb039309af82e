package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.shop.Rollbook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A command line or a catalog that is wrong: 2, words on standard error, and nothing begun. */
@Timeout(480)
@Execution(ExecutionMode.CONCURRENT)
class UsageIT {

  @TempDir Path folder;

  @BeforeEach
  void a_catalog_of_one_shop() throws IOException {
    Files.createDirectory(folder.resolve("repository"));
    Files.writeString(
        folder.resolve("rollbook.yaml"),
        """
        version: 1
        services:
          shop:
            environments:
              local:
                kind: local
                repository: repository
                port: 8083
                build: {command: [./build.sh]}
                start: {command: [./start.sh]}
        """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run shop                      | '--environment=ENV'",
        "run shop -e local --tp v1     | '--tp'",
        "run                           | SERVICE",
        "rnu shop -e local             | run",
        "run shpo -e local             | Did you mean 'shop'?",
        "run shop -e lokal             | Did you mean 'local'?",
        "plan ../../x -e local         | no service '../../x'",
        "run shop -e ../../x           | no environment '../../x'",
        "run shop -e local -o yaml     | json",
        "status shpo                   | Did you mean 'shop'?",
        "status shop -e lokal          | Did you mean 'local'?",
        "run shop -e local -f none.yaml| none.yaml",
        "validate none.yaml            | none.yaml",
        "abort shop -e local           | '--reason=TEXT'",
        "approve shop -e local         | '--reason=TEXT'",
        "reject shpo -e local --reason x | Did you mean 'shop'?",
        "stop shop -e local            | '--reason=TEXT'",
        "release shop -e lokal --reason x | Did you mean 'local'?",
        "close shop -e local           | '--reason=TEXT'",
        "ack shpo -e local             | Did you mean 'shop'?",
      })
  void is_said_in_words(String command, String words) throws Exception {
    Rollbook.Answer answer = new Rollbook(folder).call(command.strip().split(" +"));

    assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(ExitCodes.USAGE);
    assertThat(answer.err()).contains(words).doesNotContain("\tat ").doesNotContain("\u001b");
    assertThat(answer.out()).isEmpty();
    assertThat(folder.resolve(".rollbook")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run shop -o json",
        "run shpo -e local -o json",
        "plan shop -e local --nope --output=json",
        "status shpo -o json",
        "list -f none.yaml -ojson",
        "resume -f none.yaml -o json",
        "ack shop -o json",
        "validate none.yaml -o json"
      })
  void is_one_document_where_json_is_asked_for(String command) throws Exception {
    Rollbook.Answer answer = new Rollbook(folder).call(command.split(" "));

    assertThat(answer.exitCode()).as(answer.toString()).isEqualTo(ExitCodes.USAGE);
    assertThat(OneDocument.of(answer).isObject()).isTrue();
    if (!command.startsWith("validate")) {
      assertThat(OneDocument.of(answer).path("error").asText()).isNotBlank();
      assertThat(OneDocument.of(answer).path("exitCode").asInt()).isEqualTo(2);
    }
  }

  @Test
  void no_catalog_says_where_it_was_looked_for(@TempDir Path elsewhere) throws Exception {
    Rollbook.Answer answer = new Rollbook(elsewhere).call("run", "shop", "-e", "local");

    assertThat(answer.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(answer.err()).contains("rollbook.yaml", "ROLLBOOK_CATALOG");
  }

  @Test
  void an_invalid_catalog_lists_every_problem_with_its_place() throws Exception {
    Path catalog = folder.resolve("rollbook.yaml");
    Files.writeString(
        catalog,
        Files.readString(catalog)
            .replace("port: 8083", "prot: 8083")
            .replace("version: 1", "version: 7"));

    Rollbook.Answer run = new Rollbook(folder).call("run", "shop", "-e", "local");
    Rollbook.Answer json = new Rollbook(folder).call("validate", "-o", "json");

    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains("rollbook.yaml:1:", "rollbook.yaml:8:", "prot", "'port'");
    assertThat(json.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(OneDocument.of(json).path("valid").asBoolean()).isFalse();
    assertThat(OneDocument.of(json).path("problems").findValuesAsText("line")).contains("1", "8");
  }

  @Test
  void a_hostile_catalog_is_refused_soon_and_without_a_stack_trace() throws Exception {
    String bomb = "a0: &a0 [x]\n";
    for (int i = 1; i < 40; i++) {
      bomb += "a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1);
    }
    for (String text :
        new String[] {
          bomb,
          "version: 1\n\tservices: {}\n",
          "x: " + "y".repeat(10_000_000),
          "[".repeat(100_000),
          "services: [1, 2]\nversion: {}\n",
          "version: 1\nservices: {../../x: {environments: {local: {kind: local}}}}\n",
          "\u0000\u0001",
          ""
        }) {
      Files.writeString(folder.resolve("rollbook.yaml"), text);

      Rollbook.Answer answer = new Rollbook(folder).call(60, "validate");

      String told = text.substring(0, Math.min(40, text.length())) + " -> " + answer.err();
      assertThat(answer.exitCode()).as(told).isEqualTo(ExitCodes.USAGE);
      assertThat(answer.err()).contains("rollbook.yaml").doesNotContain("\tat ");
      assertThat(answer.err().length()).as(told).isLessThan(20_000);
    }
  }

  @Test
  void words_are_utf_8_in_every_locale() throws Exception {
    Rollbook.Answer answer =
        new Rollbook(folder)
            .with("LC_ALL", "C")
            .call("run", "안녕", "-e", "local", "-f", "rollbook.yaml");
    Rollbook.Answer help = new Rollbook(folder).with("LC_ALL", "C").call("completion", "fish");

    assertThat(answer.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(help.out()).contains("complete -c rollbook");
  }
}
