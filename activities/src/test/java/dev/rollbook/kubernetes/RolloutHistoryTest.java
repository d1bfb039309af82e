package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.PinnedService;
import dev.rollbook.StepResult;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.temporal.failure.ApplicationFailure;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** C1 on a real cluster. */
@NeedsKubernetes
@Timeout(180)
class RolloutHistoryTest {

  private static final Release BAD = Release.bad(Behaviour.UNREADY);

  @ParameterizedTest
  @EnumSource
  void each_revision_is_told_with_its_age_and_what_is_known_of_it_and_a_target_that_is_gone(
      Workload kind, @TempDir Path state) {
    try (KubernetesShop shop = new KubernetesShop(kind, 0);
        Clusters clusters = new Clusters();
        Cluster cluster = clusters.open(shop.environment().build(), () -> {})) {
      shop.rollOut(Release.good()).begin(BAD, 0);
      PinnedService service = shop.pinned(Release.good());
      HealthyVersionsFile versions = new HealthyVersionsFile(state, Clock.systemUTC(), () -> 1);
      versions.record(service);
      String made = shop.revision(Release.good()).getMetadata().getCreationTimestamp();
      RolloutHistory history =
          new RolloutHistory(
              cluster, service, versions, Instant.parse(made).plus(Duration.ofHours(3)));

      StepResult told = history.look();

      assertThat(told.summary())
          .isEqualTo(
              "2 revision(s); runs revision 2 (rollbook.local/shop:bad), goes back to revision 1 (rollbook.local/shop:good)");
      assertThat(told.evidence().lines().skip(1))
          .satisfiesExactly(
              newest ->
                  assertThat(newest)
                      .startsWith("2 ")
                      .endsWith("shop:bad  running now  withdrawn by us"),
              target ->
                  assertThat(target)
                      .startsWith("1 ")
                      .contains(service.kubernetes().revision(), "Update to good")
                      .containsPattern(" 180 min +rollbook.local/shop:good  recorded healthy"));
      shop.client().resource(shop.revision(Release.good())).delete();

      ApplicationFailure gone = RolloutSteps.failureOf(history::look);

      assertThat(gone.getType()).isEqualTo("TargetMissing");
      assertThat(gone.getOriginalMessage())
          .contains(service.target().describe(), "is gone from the history", "There are:")
          .contains("shop:bad  running now");
    }
  }
}
