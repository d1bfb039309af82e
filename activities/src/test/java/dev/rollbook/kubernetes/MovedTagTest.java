package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.KubernetesActivities.of;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Finding.Level;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plan looks at what pods really run, not at what it is called. */
@NeedsKubernetes
@Timeout(180)
class MovedTagTest {

  @TempDir Path folder;
  private KubernetesShop shop;
  private KubernetesActivities activities;

  @BeforeEach
  void open() {
    shop = new KubernetesShop();
    activities = new KubernetesActivities(folder, shop.environment().build());
  }

  @AfterEach
  void close() {
    activities.close();
    shop.close();
  }

  @Test
  void the_bits_of_the_bad_one_under_another_name_are_no_way_back() {
    passesOverCopyOfBad();
  }

  @Test
  void what_a_mesh_adds_to_the_pods_does_not_hide_the_bits_of_the_bad_one() throws Exception {
    try (SidecarInjector mesh = new SidecarInjector(shop, folder)) {
      mesh.awaitEffective();
      passesOverCopyOfBad();
      assertThat(shop.pods()).allMatch(pod -> pod.getSpec().getContainers().size() == 2);
    }
  }

  private void passesOverCopyOfBad() {
    Release copy = new Release("copy", shop.tag("bad", "copy"), Behaviour.UP, spec -> {});
    Release bad = Release.bad(Behaviour.UNREADY);
    shop.rollOut(Release.good()).rollOut(copy).begin(bad, 1);
    shop.awaitImage(bad);

    Plan plan = activities.plan(null);

    assertThat(plan.pinned().target().id()).isEqualTo(uid(Release.good()));
    assertThat(of(plan, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains(copy.reference() + ") runs the very bits of the bad one");
  }

  /** A pod that is on its way out may still have the old bits. */
  @Test
  void a_tag_that_was_moved_is_no_way_back_though_it_was_healthy_once() {
    Release stable = new Release("stable", shop.tag("good", "stable"), Behaviour.UP, spec -> {});
    shop.rollOut(Release.other()).rollOut(stable);
    PinnedService good = shop.pinned(stable);
    List<Image> healthy = activities.pods.awaitStable(good).images();
    activities.versions.record(good.withImages(healthy));
    Pod leaving = shop.pods().get(0);
    Plan plan;
    Plan asked;
    shop.keep(leaving);
    try {
      shop.tag("bad", "stable");
      shop.rollOut(stable.named("stable-again"));
      plan = activities.plan(null);
      asked = activities.plan(good.kubernetes().revision());
    } finally {
      shop.letGo(leaving);
    }

    assertThat(plan.pinned().target().id()).isEqualTo(uid(Release.other()));
    assertThat(of(plan, Level.WARNING, "target"))
        .singleElement()
        .asString()
        .contains("recorded healthy, is no way back", "it was healthy as " + healthy.get(0).id());
    assertThat(asked.pinned()).isNull();
    assertThat(of(asked, Level.BLOCKER, "target"))
        .singleElement()
        .asString()
        .contains("cannot come back: pods run " + stable.reference());
  }

  private String uid(Release release) {
    return shop.revision(release).getMetadata().getUid();
  }
}
