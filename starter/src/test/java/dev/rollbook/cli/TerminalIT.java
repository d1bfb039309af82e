package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What only a person at a terminal is shown and asked. */
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class TerminalIT {

  private static final String ESCAPE = "\u001b[";

  @Test
  void a_person_is_asked_and_sees_the_steps_go_by_in_colour(@TempDir Path folder) throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writePatientCatalog();
      Process bad = shop.deploy();
      shop.buildTakes(2);

      Rollbook.Answer no =
          rollbook(folder).startAtTerminal("n\n", "run", "shop", "-e", "local").answer(180);

      assertThat(no.exitCode()).as(no.out()).isEqualTo(ExitCodes.ABORTED);
      assertThat(no.out())
          .containsSubsequence("From v3", "Roll back? [y/N] ", "Declined; nothing was changed.");
      assertThat(bad.isAlive()).isTrue();
      assertThat(shop.checkouts()).isEmpty();

      Rollbook.Answer yes =
          rollbook(folder).startAtTerminal("y\n", "run", "shop", "-e", "local").answer(180);

      assertThat(yes.exitCode()).as(yes.out()).isZero();
      assertThat(yes.out())
          .containsSubsequence("Roll back? [y/N] ", "A1  Check out v2", "ROLLED_BACK")
          // the line that ticks while a step waits, and is wiped before the next one is said
          .containsPattern("\r\u001b\\[K… A3  Build and start  \\d+ s?")
          .contains(ESCAPE + "32m");
      assertThat(bad.isAlive()).isFalse();
    }
  }

  private static Rollbook rollbook(Path folder) {
    return new Rollbook(folder).withoutTemporal();
  }
}
