package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Words from outside that would be options, paths, terminal codes or markup, if they were let. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class HostileWordsIT {

  private static final String REASON =
      "\u001b]0;owned\u0007\u001b[31mred\u001b[0m\r\nid: forged\n---\n# Heading\n| a | b |\n"
          + "<script>alert(1)</script> ![x](http://evil.example/x.png) `tick` ```\u202e";

  @TempDir Path folder;

  @Test
  void a_target_is_never_an_option_of_git() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      Process service = shop.deploy();
      Path written = folder.resolve("written");

      for (String to :
          List.of(
              "-x",
              "--upload-pack=touch " + written,
              "v1\nv2",
              "\u202ev2",
              "v2 -- .",
              "v1..v2",
              ":/Release v1\u001b[31m",
              "한글",
              "x".repeat(100_000))) {
        Rollbook.Answer answer =
            rollbook().call("run", "shop", "-e", "local", "--to=" + to, "-o", "json");

        String shown = to.substring(0, Math.min(40, to.length())) + ": " + answer.err();
        assertThat(answer.exitCode()).as(shown).isEqualTo(ExitCodes.BLOCKED);
        assertThat(OneDocument.of(answer).path("reason").asText())
            .as(shown)
            .contains("is no commit of this repository")
            .hasSizeLessThan(2_000);
        assertThat(answer.err()).doesNotContain("\u001b", "\u202e");
      }

      Rollbook.Answer ours =
          rollbook().call("run", "shop", "-e", "local", "--to", "--output=" + written);

      assertThat(ours.exitCode()).isEqualTo(ExitCodes.USAGE);
      assertThat(ours.err()).contains("Expected parameter for option '--to'");
      assertThat(written).doesNotExist();
      assertThat(service.isAlive()).isTrue();
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v3"));
    }
  }

  @Test
  void a_reason_steers_neither_terminal_nor_report() throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writeCatalog();
      shop.deploy();

      Rollbook.Answer answer =
          rollbook()
              .call(
                  "run",
                  "shop",
                  "-e",
                  "local",
                  "--reason",
                  REASON,
                  "--incident",
                  REASON,
                  "-o",
                  "json");
      Rollbook.Answer words = rollbook().call("status");

      assertThat(answer.exitCode()).as(answer.err()).isZero();
      JsonNode run = OneDocument.of(answer);
      String report = Files.readString(Path.of(run.path("report").asText()));
      String body = report.substring(report.indexOf("\n---\n"));
      assertThat(report).doesNotContain("\u001b", "\u0007", "\u202e");
      assertThat(body).contains("forged").doesNotContain("<script>", "![x](http");
      assertThat(report.lines()).doesNotContain("id: forged", "# Heading", "| a | b |");
      assertThat(report.lines().filter(line -> line.equals("---"))).hasSize(2);
      assertThat(answer.err() + words.out() + words.err())
          .doesNotContain("\u001b", "\u0007", "\u202e");
      assertThat(run.path("report").asText()).startsWith(folder.toRealPath().toString());
    }
  }

  private Rollbook rollbook() {
    return new Rollbook(folder).withoutTemporal();
  }
}
