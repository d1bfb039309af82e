package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.KubernetesActivities.of;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.Finding.Level;
import dev.rollbook.Plan;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersion;
import dev.rollbook.aftermath.HealthyVersion.Verdict;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the next plan knows of rollbacks that were begun and did not prove healthy. */
@NeedsKubernetes
@Timeout(180)
class RepeatedRollbackTest {

  private static final Release BAD = Release.bad(Behaviour.UNREADY);

  @TempDir Path folder;
  private KubernetesShop shop;
  private KubernetesActivities activities;

  @BeforeEach
  void open() {
    shop = new KubernetesShop(Workload.DEPLOYMENT, 0);
    activities = new KubernetesActivities(folder, shop.environment().build());
  }

  @AfterEach
  void close() {
    activities.close();
    shop.close();
  }

  @Test
  void a_target_in_vain_is_tried_again_while_it_runs_and_then_passed_over_while_there_is_another() {
    shop.rollOut(Release.good()).begin(Release.other(), 0).begin(BAD, 0);
    Plan first = activities.plan(null);
    undo(first);

    Plan again = activities.plan(null);
    shop.begin(BAD.named("bad-again").edited(spec -> spec.setHostname("again")), 0);
    Plan next = activities.plan(null);
    String history = activities.inspect(null).report().evidence();
    undo(next);
    shop.begin(BAD.named("bad-once-more"), 0);
    Plan last = activities.plan(null);

    assertThat(first.pinned().target().id()).isEqualTo(uid(Release.other()));
    assertThat(again.pinned().target().id()).isEqualTo(uid(Release.other()));
    assertThat(again.alreadyThere()).isFalse();
    assertThat(of(again, Level.OK, "target")).singleElement().asString().contains("tried again");
    assertThat(of(again, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains("shop:other) did not prove healthy", "it is bad too", "--to goes further back");
    assertThat(next.pinned().target().id()).isEqualTo(uid(Release.good()));
    assertThat(of(next, Level.WARNING, "target"))
        .anyMatch(it -> it.contains("shop:other) did not prove healthy after the last rollback"));
    assertThat(history.lines().skip(1).map(line -> line.substring(0, line.indexOf(' '))))
        .as("an undo renumbers what it goes to")
        .containsExactly("5", "4", "3", "1");
    assertThat(history)
        .containsPattern("shop:other  not proven by the last rollback to it")
        .containsPattern("shop:bad  withdrawn by us");
    assertThat(last.pinned().target().id()).as("better than none").isEqualTo(uid(Release.good()));
    assertThat(of(last, Level.OK, "target"))
        .singleElement()
        .asString()
        .contains("there is no other one to go back to");
  }

  @Test
  void what_was_healthy_once_is_no_way_back_after_a_rollback_from_it_or_to_it_in_vain() {
    shop.rollOut(Release.good()).begin(BAD, 0);
    activities.versions.record(shop.pinned(BAD));
    Plan back = activities.plan("1");
    pause(true);
    assertThatThrownBy(() -> undo(back)).cause().hasMessageContaining("is paused");
    assertThat(verdict(BAD))
        .as("refused, so that nothing was withdrawn")
        .isEqualTo(Verdict.HEALTHY);
    pause(false);

    undo(back);

    assertThat(verdict(BAD)).isEqualTo(Verdict.WITHDRAWN);
    assertThat(activities.plan(null).pinned().target().id()).isEqualTo(uid(Release.good()));
    activities.versions.record(back.pinned());
    assertThat(activities.versions.healthy(KubernetesShop.NAME, "production"))
        .extracting(HealthyVersion::version)
        .extracting(Version::id)
        .containsExactly(uid(Release.good()));
  }

  private void undo(Plan plan) {
    activities.rollout.undo(plan.pinned(), "hana", "orders fail");
  }

  private void pause(boolean paused) {
    shop.edit(Deployment.class, now -> now.getSpec().setPaused(paused));
  }

  private Verdict verdict(Release release) {
    return activities
        .versions
        .verdict(KubernetesShop.NAME, "production", shop.pinned(release).target())
        .orElseThrow();
  }

  private String uid(Release release) {
    return shop.revision(release).getMetadata().getUid();
  }
}
