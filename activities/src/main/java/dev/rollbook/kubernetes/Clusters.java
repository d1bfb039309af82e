package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.ClusterFailure.NoCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which cluster: the environment's kubeconfig and context, else the worker's KUBECONFIG, its pod's
 * service account, or {@code ~/.kube/config}. Clients are kept, since each holds a connection pool.
 */
public final class Clusters implements AutoCloseable {

  private static final Duration CONNECTS_WITHIN = Duration.ofSeconds(5);

  private final Map<Place, KubernetesClient> clients = new ConcurrentHashMap<>();

  private record Place(Optional<Path> kubeconfig, Optional<String> context) {}

  /**
   * The caller closes it.
   *
   * @param whileWaiting called at least every second of every wait; what it throws ends the wait,
   *     and the call that was waited for
   * @throws NoCluster when there is no such kubeconfig or context
   */
  public Cluster open(KubernetesEnvironment environment, Runnable whileWaiting) {
    return open(environment.kubeconfig(), environment.context(), whileWaiting);
  }

  /** As above. */
  public Cluster open(Optional<Path> kubeconfig, Optional<String> context, Runnable whileWaiting) {
    Place place = new Place(kubeconfig, context);
    return new Cluster(clients.computeIfAbsent(place, Clusters::client), whileWaiting);
  }

  private static KubernetesClient client(Place place) {
    Config config = config(place);
    if (place.context().isPresent()
        && (config.getCurrentContext() == null
            || !place.context().get().equals(config.getCurrentContext().getName()))) {
      throw new NoCluster(
          "There is no context '%s' in %s; correct 'context' in the catalog"
              .formatted(place.context().get(), where(place)),
          null);
    }
    return new KubernetesClientBuilder().withConfig(bounded(config)).build();
  }

  private static Config config(Place place) {
    if (place.kubeconfig().isEmpty()) {
      return Config.autoConfigure(place.context().orElse(null));
    }
    Path file = place.kubeconfig().get();
    try {
      Files.readString(file); // says why it cannot be read, which the client does not
      return Config.fromKubeconfig(place.context().orElse(null), file.toFile());
    } catch (IOException | RuntimeException e) {
      throw new NoCluster(
          "The kubeconfig "
              + file
              + " cannot be read: "
              + e.getMessage()
              + "; correct 'kubeconfig'",
          e);
    }
  }

  /**
   * Retries are Temporal's: the client's own, ten for each verb, would multiply with them.
   * HTTP/1.1, since an API server ends an HTTP/2 connection together with a refusal (401), and
   * Java's client then only tells the end. Its own deadline comes after ours, which says more.
   */
  private static Config bounded(Config config) {
    return new ConfigBuilder(config)
        .withClientKeyAlgo(ClientKey.algorithm(config))
        .withRequestRetryBackoffLimit(0)
        .withHttp2Disable(true)
        .withConnectionTimeout((int) CONNECTS_WITHIN.toMillis())
        .withRequestTimeout((int) Cluster.ANSWERS_WITHIN.plusSeconds(5).toMillis())
        .build();
  }

  private static String where(Place place) {
    return place.kubeconfig().map(Path::toString).orElse("the worker's kubeconfig");
  }

  @Override
  public void close() {
    clients.values().forEach(KubernetesClient::close);
    clients.clear();
  }
}
