package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.kubernetes.ApiProxy.Fault;
import dev.rollbook.kubernetes.ClusterFailure.Unreachable;
import dev.rollbook.kubernetes.Release.Behaviour;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An API server that takes 30 s for what a step gives it 20. */
@NeedsKubernetes
@Timeout(180)
class LateAnswersTest {

  private static final String LOOK = "GET .*/deployments/shopping-service ";

  private KubernetesShop shop;
  private ApiProxy proxy;
  private RolloutSteps steps;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    shop = new KubernetesShop();
    shop.rollOut(Release.good()).rollOut(Release.other());
    proxy = new ApiProxy(shop.kubeconfig());
    steps =
        new RolloutSteps(
            shop.pinned(Release.good()),
            shop.environment().kubeconfig(proxy.kubeconfig(folder)).build());
  }

  @AfterEach
  void close() throws Exception {
    steps.close();
    proxy.close();
    shop.close();
  }

  @Test
  void a_look_is_given_up_with_signs_of_life_and_done_again() {
    steps.undo();
    proxy.next(LOOK, Fault.LATE);

    givenUp(steps::awaitRollout);
    assertThat(steps.awaitRollout().summary()).contains("1 of 1 updated and available");
  }

  @Test
  void a_write_that_comes_after_the_attempt_that_did_it_again_changes_nothing_any_more() {
    proxy.next("PATCH ", Fault.LATE);

    givenUp(steps::undo);
    assertThat(steps.undo().changed()).isTrue();
    shop.deploy(Release.bad(Behaviour.UP)); // and somebody mends it
    await().atMost(Duration.ofSeconds(60)).until(() -> !proxy.lateAnswers().isEmpty());

    assertThat(proxy.lateAnswers()).singleElement().asString().contains(" 422 ");
    assertThat(shop.release()).isEqualTo("bad-UP");
  }

  private void givenUp(ThrowingCallable step) {
    assertThatThrownBy(step)
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("did not answer")
        .hasMessageContaining("within 20 s");
    assertThat(steps.lines).as("beats").hasSizeGreaterThan(10);
  }
}
