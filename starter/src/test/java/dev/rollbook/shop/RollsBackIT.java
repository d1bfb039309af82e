package dev.rollbook.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.Run;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(400)
class RollsBackIT {

  @TempDir Path folder;

  @Test
  void a_bad_release_goes_back_to_the_one_before_and_a_second_run_changes_nothing()
      throws Exception {
    try (LocalShop shop = new LocalShop(folder).threeReleases()) {
      shop.writePatientCatalog();
      shop.deploy();

      Rollbook.Answer first = new Rollbook(folder).call("run", "shop", "-e", "local", "-o", "json");
      Rollbook.Answer again = new Rollbook(folder).call("run", "shop", "-e", "local", "-o", "json");

      assertThat(first.exitCode()).as(first.err()).isZero();
      Run run = Payloads.mapper().readValue(first.out(), Run.class);
      assertThat(run.outcome()).isEqualTo(Outcome.ROLLED_BACK);
      assertThat(run.target().id()).isEqualTo(shop.sha("v2"));
      assertThat(shop.git("rev-parse", "HEAD").strip()).isEqualTo(shop.sha("v2"));
      assertThat(shop.starts()).hasSize(1);
      assertThat(shop.builds()).hasSize(1);
      assertThat(shop.checkouts()).hasSize(1);
      assertThat(again.exitCode()).isZero();
      assertThat(Payloads.mapper().readValue(again.out(), Run.class).outcome())
          .isEqualTo(Outcome.ALREADY_THERE);
      assertThat(shop.starts()).hasSize(1);
    }
  }
}
