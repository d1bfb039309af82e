package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MachineProcessesTest {

  @TempDir Path folder;
  private Shop shop;
  private Process process;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder);
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", "sleep 1000 & sleep 1001");
    builder.environment().putAll(Map.of("MARK", folder.toString()));
    process = builder.directory(shop.repository.toFile()).start();
    await().atMost(Duration.ofSeconds(30)).until(() -> process.descendants().count() == 2);
  }

  @AfterEach
  void close() {
    process.destroyForcibly();
    shop.close();
  }

  @Test
  void processes_are_found_by_an_inherited_variable() {
    Instant started = MachineProcesses.startedAt(process.toHandle());
    assertThat(shop.machine.carrying("MARK", folder.toString(), started)).hasSize(3);
    assertThat(shop.machine.carrying("MARK", folder.toString(), Instant.MIN)).hasSize(3);
    assertThat(shop.machine.carrying("MARK", folder + "/other", started)).isEmpty();
  }

  @Test
  void one_that_is_older_than_the_job_is_not_asked() {
    Instant later = MachineProcesses.startedAt(process.toHandle()).plusSeconds(10);
    assertThat(shop.machine.carrying("MARK", folder.toString(), later)).isEmpty();
  }

  @Test
  void a_process_is_itself_only_with_its_number_and_its_start() {
    ProcessId found = shop.machine.find(process.pid()).orElseThrow();
    assertThat(shop.machine.runs(found)).isTrue();
    assertThat(shop.machine.runs(new ProcessId(found.pid(), found.startedAt().plusMillis(10))))
        .isTrue();
    ProcessId other = new ProcessId(found.pid(), found.startedAt().minusSeconds(3));
    assertThat(shop.machine.runs(other)).isFalse();
    assertThat(shop.machine.tree(other)).isEmpty();
    assertThat(shop.machine.tree(found)).hasSize(3);
  }

  @Test
  void a_port_answers_only_while_somebody_listens() throws IOException {
    assertThat(shop.machine.answers(shop.port)).isFalse();
    shop.deploy();
    assertThat(shop.machine.answers(shop.port)).isTrue();
  }
}
