package dev.rollbook.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code docs/alertmanager} offers to copy, before Prometheus' and Alertmanager's own eyes.
 */
@NeedsAlertmanager
@Timeout(300)
class AlertmanagerExamplesTest {

  private static final Path EXAMPLES = Path.of("..", "docs", "alertmanager");

  @TempDir Path folder;

  @Test
  void alertmanager_takes_the_configuration() throws Exception {
    assertThat(output("amtool", "check-config", "alertmanager.yml")).contains("2 receivers");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          severity=critical rollback=true service=a | rollbook,people
          severity=high rollback=true service=a     | rollbook,people
          severity=none alertname=Watchdog          | rollbook
          severity=page alertname=Other             | people
          """)
  void rollbook_gets_what_may_be_rolled_back_once_and_people_get_it_too(
      String labels, String receivers) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("amtool", "config", "routes", "test", "--config.file=alertmanager.yml"));
    command.addAll(List.of(labels.split(" ")));

    assertThat(output(command.toArray(String[]::new)).lines()).last().isEqualTo(receivers);
  }

  @Test
  void each_row_of_the_runbooks_table_fires_its_rule_and_no_other() throws Exception {
    assertThat(output("promtool", "check", "rules", "rules.yml")).contains("11 rules found");
    assertThat(output("promtool", "test", "rules", "rules_test.yml")).contains("SUCCESS");
  }

  private String output(String... command) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(List.of(command))
            .directory(EXAMPLES.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(out);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }
}
