package dev.rollbook.compose;

import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import dev.rollbook.Elapsed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Stops containers as the engine does: asks, gives them their grace, kills, and waits for each. */
final class ContainerEnding {

  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration MARGIN = Duration.ofSeconds(30);
  private static final int KILLED = 137;

  private final DockerEngine engine;
  private final Optional<Duration> grace;

  /**
   * @param grace as the catalog says; else each container has its own, else 10 s
   */
  ContainerEnding(DockerEngine engine, Optional<Duration> grace) {
    this.engine = engine;
    this.grace = grace;
  }

  /** All at once; those that are down already are left as they are. */
  void stop(List<ServiceContainer> containers) {
    List<ServiceContainer> up = containers.stream().filter(ServiceContainer::isUp).toList();
    if (up.isEmpty()) {
      return;
    }
    Duration longest = up.stream().map(this::grace).max(Duration::compareTo).orElse(GRACE);
    String names = String.join(", ", up.stream().map(ServiceContainer::name).toList());
    engine.call("stop " + names, longest.plus(MARGIN), () -> stopAll(up));
  }

  private Void stopAll(List<ServiceContainer> containers) throws Exception {
    ExecutorService each = Executors.newFixedThreadPool(containers.size());
    try {
      List<Future<?>> stopping = new ArrayList<>();
      containers.forEach(container -> stopping.add(each.submit(() -> stop(container))));
      for (Future<?> one : stopping) {
        one.get();
      }
      return null;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      each.shutdownNow();
    }
  }

  private void stop(ServiceContainer container) {
    try {
      engine
          .client()
          .stopContainerCmd(container.id())
          .withTimeout(Math.toIntExact(grace(container).toSeconds()))
          .exec();
    } catch (NotModifiedException | NotFoundException e) {
      // it ended, or is gone, by itself meanwhile
    }
  }

  Duration grace(ServiceContainer container) {
    return grace.or(container::stopTimeout).orElse(GRACE);
  }

  /** How it ended, once it is down. */
  String describe(ServiceContainer ended) {
    String how = "ended gracefully";
    if (ended.wasOutOfMemory()) {
      how = "was killed by the kernel, out of memory";
    } else if (ended.exitCode() == KILLED) {
      how = "was killed after " + Elapsed.describe(grace(ended)) + " of grace";
    }
    return "%s %s (exit %d)".formatted(ended.describe(), how, ended.exitCode());
  }
}
