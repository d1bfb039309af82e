package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import dev.rollbook.compose.EngineFailure.EngineUnreachable;
import dev.rollbook.compose.EngineFailure.Missing;
import dev.rollbook.compose.EngineFailure.Refused;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** The connection to a real engine. */
@NeedsDocker
@Isolated("looks at all threads")
@Timeout(120)
class DockerEngineTest {

  @TempDir Path folder;

  @Test
  void finds_containers_and_images_and_says_what_is_missing_in_the_engines_words() {
    try (ComposeShop shop = new ComposeShop(folder).up(ComposeCli.V1)) {
      DockerEngine engine = shop.engine();

      assertThat(
              engine.inspectContainer(shop.container()).path("State").path("Running").asBoolean())
          .isTrue();
      assertThat(shop.runningImage()).isEqualTo(shop.imageId("v3"));
      assertThat(engine.findContainer("no-such-" + shop.suffix())).isEmpty();
      assertThat(engine.findImage(shop.image("v9"))).isEmpty();
      assertThatThrownBy(() -> engine.inspectImage(shop.image("v9")))
          .isInstanceOf(Missing.class)
          .hasMessageContaining("No such image: " + shop.image("v9"));
      assertThatThrownBy(() -> engine.delete("/containers/" + shop.container()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("cannot remove a running container");
      assertThatThrownBy(
              () ->
                  engine.call(
                      "start " + shop.container(),
                      Duration.ofSeconds(10),
                      () -> engine.client().startContainerCmd(shop.container()).exec()))
          .isInstanceOfSatisfying(
              Refused.class, refused -> assertThat(refused.status()).isEqualTo(304));
    }
  }

  @Test
  void ends_a_call_that_the_engine_does_not_answer_in_time_and_leaves_no_thread() {
    try (ComposeShop shop = new ComposeShop(folder).up(ComposeCli.V1)) {
      String id = shop.container();

      assertThatThrownBy(
              () ->
                  shop.engine().post("/containers/" + id + "/wait", null, Duration.ofMillis(1500)))
          .isInstanceOf(EngineUnreachable.class)
          .hasMessage(
              "The Docker Engine at %s did not answer `POST /v%s/containers/%s/wait` within 1.5 s",
              ComposeShop.ENGINE, shop.engine().api(), id);
      awaitNoThread();
      assertThat(shop.runningImage()).isNotEmpty();
    }
  }

  @Test
  void ends_a_quiet_log_when_the_activity_is_cancelled_and_leaves_no_thread() {
    AtomicInteger asked = new AtomicInteger();
    Runnable cancelledAfterAWhile =
        () -> {
          if (asked.incrementAndGet() > 4) {
            throw new CancellationException("aborted");
          }
        };
    try (ComposeShop shop = new ComposeShop(folder).up(ComposeCli.V1);
        DockerEngine engine = DockerEngine.open(ComposeShop.ENGINE, cancelledAfterAWhile)) {
      assertThatThrownBy(
              () ->
                  engine.call(
                      "logs",
                      Duration.ofMinutes(2),
                      () -> {
                        try (var log =
                            engine
                                .client()
                                .logContainerCmd(shop.container())
                                .withStdOut(true)
                                .withFollowStream(true)
                                .exec(new ResultCallback.Adapter<Frame>())) {
                          return log.awaitCompletion();
                        }
                      }))
          .isInstanceOf(CancellationException.class)
          .hasMessage("aborted");
      awaitNoThread();
    }
  }

  @Test
  void says_where_there_is_no_socket() {
    URI nowhere = URI.create("unix://" + folder.resolve("docker.sock"));

    assertThatThrownBy(() -> DockerEngine.open(nowhere, () -> {}))
        .isInstanceOf(EngineUnreachable.class)
        .hasMessageStartingWith(
            "The Docker Engine at " + nowhere + " does not answer: there is no such socket");
  }

  /** One whose connection was closed under it ends a moment later. */
  private static void awaitNoThread() {
    await().atMost(Duration.ofSeconds(30)).until(() -> threads() == 0);
  }

  /** Threads that are in a call; idle ones wait for the next. */
  private static long threads() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(each -> each.getKey().getName().startsWith("docker"))
        .filter(
            each ->
                Arrays.stream(each.getValue())
                    .anyMatch(at -> at.getClassName().startsWith("com.github.dockerjava")))
        .count();
  }
}
