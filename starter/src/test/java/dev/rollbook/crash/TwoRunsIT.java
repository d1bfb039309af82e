package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Payloads;
import dev.rollbook.Run;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.shop.LocalShop;
import dev.rollbook.shop.Rollbook;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code rollbook run} in two terminals at the same moment. */
@NeedsTemporal
@Timeout(400)
class TwoRunsIT {

  @Test
  void the_second_joins_the_first_and_both_tell_the_same(@TempDir Path folder) throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writePatientCatalog();
      // longer than the second may take to begin
      shop.buildTakes(15);
      Process bad = shop.deploy();
      Rollbook rollbook = new Rollbook(folder);

      Rollbook.Running one = rollbook.start("run", "shop", "-e", "local", "-o", "json");
      Rollbook.Running other = rollbook.start("run", "shop", "-e", "local", "-o", "json");
      Rollbook.Answer first = one.answer(180);
      Rollbook.Answer second = other.answer(180);

      assertThat(first.exitCode()).as(first.err()).isZero();
      assertThat(second.exitCode()).as(second.err()).isZero();
      assertThat(second.out()).isEqualTo(first.out());
      Once.rolledBack(shop, bad, Payloads.mapper().readValue(first.out(), Run.class));
      assertThat(Journals.state(shop)).isEqualTo("finished");
      assertThat(Journals.processesOfRollbook(shop)).isEmpty();
    }
  }
}
