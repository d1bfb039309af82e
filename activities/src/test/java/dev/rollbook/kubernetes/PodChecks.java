package dev.rollbook.kubernetes;

import dev.rollbook.Redaction;
import dev.rollbook.verification.HttpHealth;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Section C's looks at pods, without Temporal around them. */
final class PodChecks implements AutoCloseable {

  final List<String> beats = new CopyOnWriteArrayList<>();
  final ClusterPods pods;

  private final Clusters clusters = new Clusters();

  /** By attempts that were cut off. */
  Duration spent = Duration.ZERO;

  PodChecks(ShopEnvironment environment) {
    this(environment, beat -> {});
  }

  /**
   * @param onBeat what it throws ends the step
   */
  PodChecks(ShopEnvironment environment, Consumer<String> onBeat) {
    KubernetesEnvironment built = environment.build();
    pods =
        new ClusterPods(
            (service, name) -> built,
            clusters,
            new HttpHealth((service, name) -> null, Redaction.NONE, () -> beat -> {}, () -> 1),
            Redaction.NONE,
            () ->
                progress -> {
                  beats.add(progress);
                  onBeat.accept(progress);
                },
            () -> spent,
            () -> 1);
  }

  static AbstractThrowableAssert<?, ? extends Throwable> failsAs(
      String type, ThrowingCallable step) {
    return Assertions.assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            ApplicationFailure.class,
            failure -> Assertions.assertThat(failure.getType()).isEqualTo(type));
  }

  @Override
  public void close() {
    clusters.close();
  }
}
