package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A target whose health endpoint does its worst: the run ends within its limits all the same. */
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class HostileHealthIT {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "never, 1s, no answer within 1 s",
    "stream, 8s, answer too large",
    "huge, 8s, answer too large",
  })
  void ends_the_run_stopped_within_its_limits(String answers, String within, String words)
      throws Exception {
    try (LocalShop shop =
        new LocalShop(folder)
            .release("v1", Map.of())
            .release("v2", Map.of("answers", answers))
            .release("v3", Map.of("health", "DOWN"))) {
      Path catalog = shop.writeCatalog();
      Files.writeString(
          catalog,
          Files.readString(catalog).replace("within: 10s", "within: 10s, answerWithin: " + within));
      shop.deploy();

      Rollbook.Answer answer =
          new Rollbook(folder)
              .withoutTemporal()
              .call(180, "run", "shop", "-e", "local", "-o", "json");

      assertThat(answer.exitCode()).as(answer.err()).isEqualTo(ExitCodes.FAILED);
      JsonNode run = OneDocument.of(answer);
      assertThat(run.path("outcome").asText()).isEqualTo("STOPPED");
      assertThat(run.path("reason").asText()).contains("A4 failed", words);
      assertThat(answer.out().length()).isLessThan(200_000);
    }
  }
}
