package dev.rollbook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.SearchAttributes;
import dev.rollbook.TemporalConnection;
import io.temporal.client.WorkflowOptions;
import io.temporal.common.SearchAttributes.Builder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A {@code temporal} that knows fewer flags: the real one, behind a script that refuses the rest.
 */
@NeedsTemporal
@Timeout(400)
class OldTemporalTest {

  @TempDir Path folder;
  private Path state;
  private Path bin;

  @BeforeEach
  void folders() throws IOException {
    state = folder.resolve("state");
    bin = Files.createDirectory(folder.resolve("bin"));
  }

  @Test
  void is_asked_for_nothing_that_it_does_not_know() throws IOException {
    temporalThatKnows("--db-filename", "--ip", "--port", "--ui-port", "--namespace");

    try (Engine engine = open()) {
      assertThat(engine.describe()).startsWith("embedded Temporal dev server");
      assertThat(Files.readString(folder.resolve("asked")))
          .contains("--db-filename", "--ui-port")
          .doesNotContain("--ui-ip", "--search-attribute", "--ui-disable-news-fetch", "--disable");
      // added afterwards, where the command does not
      Builder all = io.temporal.common.SearchAttributes.newBuilder();
      SearchAttributes.all().forEach(key -> all.set(key, "x"));
      TemporalConnection.client(engine.service(), engine.namespace())
          .newUntypedWorkflowStub(
              "Nobody",
              WorkflowOptions.newBuilder()
                  .setTaskQueue("nobody")
                  .setTypedSearchAttributes(all.build())
                  .build())
          .start();
    }
  }

  @Test
  void that_keeps_nothing_in_a_file_is_refused_in_words() throws IOException {
    temporalThatKnows("--ip", "--port");

    assertThatThrownBy(this::open)
        .hasMessageContaining(bin + "/temporal cannot keep its state in a file")
        .hasMessageContaining("put a newer Temporal CLI on the PATH");
  }

  private Engine open() {
    return Engines.open(
        state,
        Map.of("PATH", bin + ":" + System.getenv("PATH"), "TEMPORAL_CONFIG_FILE", "/dev/null"),
        line -> {});
  }

  private void temporalThatKnows(String... flags) throws IOException {
    List<String> help = new ArrayList<>();
    for (String flag : flags) {
      help.add("      " + flag + " string   as of old");
    }
    Path script =
        Files.writeString(
            bin.resolve("temporal"),
            """
            #!/bin/sh
            case "$*" in *--help) echo 'Flags:
            %s'; exit ;; esac
            echo "$@" >>'%s'
            for word; do
              case $word in --*) case " %s " in *" $word "*) ;; *) echo "unknown flag: $word" >&2; exit 1 ;; esac ;; esac
            done
            exec '%s' "$@"
            """
                .formatted(
                    String.join("\n", help),
                    folder.resolve("asked"),
                    String.join(" ", flags),
                    Engines.temporalOn(System.getenv("PATH")).orElseThrow()));
    assertThat(script.toFile().setExecutable(true)).isTrue();
  }
}
