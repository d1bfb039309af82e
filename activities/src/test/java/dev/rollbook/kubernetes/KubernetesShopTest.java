package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.PinnedService;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NeedsKubernetes
@Timeout(120)
class KubernetesShopTest {

  @ParameterizedTest
  @EnumSource
  void a_shop_of_each_kind_has_a_good_revision_and_a_bad_one(Workload kind) {
    try (KubernetesShop shop = new KubernetesShop(kind, 2)) {
      shop.rollOut(Release.good());
      assertThat(shop.pods()).hasSize(kind == Workload.DAEMONSET ? 1 : 2);
      assertThat(shop.templateImage()).isEqualTo("rollbook.local/shop:good");

      Release bad = Release.bad(Behaviour.UNREADY);
      shop.begin(bad, 1);
      PinnedService pinned = shop.pinned(Release.good());

      assertThat(pinned.from().id()).isEqualTo(shop.revision(bad).getMetadata().getUid());
      assertThat(pinned.kubernetes().number()).isEqualTo(1);
      assertThat(shop.pods(bad).get(0).getMetadata().getLabels())
          .containsValue(pinned.kubernetes().badHash());
    }
  }
}
