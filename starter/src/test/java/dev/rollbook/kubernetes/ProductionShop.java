package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A real workload of two pods with the bad release rolled out, and its catalog. */
public final class ProductionShop implements AutoCloseable {

  public static final String ENVIRONMENT = "production";
  public static final String RUN_ID = "rollback:production:" + KubernetesShop.NAME;
  public static final int REPLICAS = 2;
  public static final Release BAD = Release.bad(Behaviour.DOWN);

  private final Path folder;
  private final Workload workload;
  private final KubernetesShop cluster;
  private final Release target;

  /** A Deployment. */
  public ProductionShop(Path folder, Behaviour target) throws IOException {
    this(folder, Workload.DEPLOYMENT, target);
  }

  /**
   * @param folder empty; the catalog lies in it, and what Rollbook keeps
   * @param target what a rollback goes to, and how that does
   */
  public ProductionShop(Path folder, Workload workload, Behaviour target) throws IOException {
    this(folder, workload, target, BAD);
  }

  /** What is bad may be so from its first pod on. */
  public ProductionShop(Path folder, Workload workload, Behaviour target, Release bad)
      throws IOException {
    this.folder = folder;
    this.workload = workload;
    this.target = new Release("good", "good", target, spec -> {});
    this.cluster = new KubernetesShop(workload, REPLICAS);
    try {
      cluster.rollOut(this.target);
      if (bad.behaviour() == Behaviour.DOWN) {
        cluster.rollOut(bad);
      } else {
        cluster.begin(bad, 1);
      }
      writeCatalog();
    } catch (IOException | RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  /** Where {@code rollbook} is called. */
  public Path folder() {
    return folder;
  }

  public KubernetesShop cluster() {
    return cluster;
  }

  public Release target() {
    return target;
  }

  /** From their next start on, workers reach the cluster by that kubeconfig. */
  public void through(Path kubeconfig) throws IOException {
    edit(cluster.kubeconfig().toString(), kubeconfig.toString());
  }

  /** One more URL that the service must answer at, as a gateway's. */
  public void check(String url) throws IOException {
    edit("port: 8083", "port: 8083\n        checks: [{name: gateway, url: \"" + url + "\"}]");
  }

  private void edit(String words, String others) throws IOException {
    Path catalog = folder.resolve("rollbook.yaml");
    Files.writeString(catalog, Files.readString(catalog).replace(words, others));
  }

  /** Takes the room for new pods; those that are there stay. */
  public void fill() {
    cluster.fill();
  }

  /** Gives it back. */
  public void empty() {
    cluster.empty();
  }

  private void writeCatalog() throws IOException {
    Files.writeString(
        folder.resolve("rollbook.yaml"),
        """
        version: 1
        services:
          shopping-service:
            environments:
              production:
                kind: kubernetes
                kubeconfig: '%s'
                namespace: %s
                workload: %s/%s
                port: 8083
                start: {within: 3m}
                stableFor: 3s
                health: {inARow: 8, every: 400ms, within: %s}
                keptFor: 3s
                stuck: {askWithin: 2m}
        """
            .formatted(
                cluster.kubeconfig(),
                cluster.namespace(),
                workload.name().toLowerCase(Locale.ROOT),
                KubernetesShop.NAME,
                healthWithin()));
  }

  /** A busy machine needs its time; where it is known to be in vain, nobody waits long. */
  private String healthWithin() {
    return target.behaviour() == Behaviour.UP ? "90s" : "8s";
  }

  @Override
  public void close() {
    cluster.close();
  }
}
