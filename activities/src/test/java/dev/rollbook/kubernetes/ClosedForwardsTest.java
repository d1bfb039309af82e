package dev.rollbook.kubernetes;

import static dev.rollbook.kubernetes.PodChecks.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import dev.rollbook.verification.HttpHealth;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

@NeedsKubernetes
@Isolated("looks at all ports that this Java listens on")
@Timeout(180)
class ClosedForwardsTest {

  private static final Path SELF = Path.of("/proc/self");
  private static final String LISTENS = "0A";

  @Test
  void no_way_to_a_pod_stays_open_whether_all_are_healthy_or_one_is_not() {
    try (KubernetesShop shop = new KubernetesShop(Workload.DEPLOYMENT, 2);
        Clusters clusters = new Clusters()) {
      shop.rollOut(Release.good()).awaitServing();
      PinnedService pinned = shop.pinned(Release.good());
      KubernetesEnvironment environment =
          shop.environment().healthyWithin(Duration.ofSeconds(2)).build();
      HttpHealth http =
          new HttpHealth((service, name) -> null, Redaction.NONE, () -> beat -> {}, () -> 1);
      Set<String> before = listening();
      Set<String> seen = new HashSet<>();
      try (Cluster cluster = clusters.open(environment, () -> {})) {
        ForwardedHealth health =
            new ForwardedHealth(pinned, environment, cluster, http, beat -> add(seen));
        HealthNow now =
            new HealthNow(pinned, environment, cluster, http, () -> seen.addAll(listening()));
        UnreadyPods unready = new UnreadyPods(cluster, environment, http, Redaction.NONE, () -> {});

        assertThat(health.await()).hasSize(3);
        closed(before);
        assertThat(now.trouble()).isEmpty();
        closed(before);
        Pod pod = shop.pods().get(0);
        shop.behave(pod, Behaviour.DOWN);
        seen.clear();
        failsAs("NotHealthy", health::await);
        assertThat(seen).as("the ways meanwhile").hasSize(before.size() + 3).containsAll(before);
        closed(before);
        assertThat(now.trouble()).isPresent();
        closed(before);

        shop.behave(pod, Behaviour.UNREADY);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> !new ServicePod(shop.pods().get(0)).isReady());
        assertThat(unready.ask(shop.pods().stream().map(ServicePod::new).toList()).lines())
            .hasSize(1);
        closed(before);
      }
    }
  }

  /** The health of all pods is asked at once. */
  private static void add(Set<String> seen) {
    synchronized (seen) {
      seen.addAll(listening());
    }
  }

  private static void closed(Set<String> before) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(listening()).isSubsetOf(before));
  }

  /** The ports of this process, as its kernel has them. */
  private static Set<String> listening() {
    Set<String> own = sockets();
    return Stream.of("net/tcp", "net/tcp6")
        .flatMap(table -> lines(SELF.resolve(table)))
        .map(line -> line.strip().split("\\s+"))
        .filter(
            columns -> columns[3].equals(LISTENS) && own.contains("socket:[" + columns[9] + "]"))
        .map(columns -> columns[1])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Stream<String> lines(Path table) {
    try {
      List<String> lines = Files.readAllLines(table);
      return lines.stream().skip(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> sockets() {
    Set<String> sockets = new HashSet<>();
    try (Stream<Path> files = Files.list(SELF.resolve("fd"))) {
      for (Path each : (Iterable<Path>) files::iterator) {
        try {
          sockets.add(Files.readSymbolicLink(each).toString());
        } catch (NoSuchFileException e) {
          // closed meanwhile
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sockets;
  }
}
