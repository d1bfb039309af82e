package dev.rollbook.cli;

import dev.rollbook.kubernetes.Cluster;
import dev.rollbook.kubernetes.ClusterFailure;
import dev.rollbook.kubernetes.Clusters;
import dev.rollbook.kubernetes.KubernetesEnvironment;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code rollbook demo kubernetes}: the runbook's three revisions of a Deployment. */
final class KubernetesDemo extends Demo {

  private static final String ENVIRONMENT = "production";
  private static final int PORT = 8083;

  private final ClusterOptions options;
  private final Clusters clusters = new Clusters();
  private final String namespace =
      "rollbook-demo-" + Integer.toHexString(new SecureRandom().nextInt(0x10000));

  KubernetesDemo(DemoFolder folder, boolean json, ClusterOptions options) {
    super(folder, ENVIRONMENT, json);
    this.options = options;
  }

  @Override
  void agree() {
    String question =
        "Make the namespace %s in the cluster %s, and run a small service there?"
            .formatted(namespace, cluster());
    if (options.yes) {
      return;
    }
    if (!terminal.isInteractive()) {
      throw new Refusal(ExitCodes.USAGE, question + " There is nobody to ask here: say --yes");
    }
    String answer = System.console().readLine("%s [y/N] ", question);
    if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).startsWith("y")) {
      throw new Refusal(ExitCodes.ABORTED, "Declined; nothing was changed.");
    }
  }

  /** The cluster's address and context; it must answer. */
  private String cluster() {
    try (Cluster cluster = open()) {
      cluster.call("get version", client -> client.getKubernetesVersion());
      return cluster.server() + context(cluster).map(name -> " (context " + name + ")").orElse("");
    } catch (ClusterFailure e) {
      throw new Refusal(
          ExitCodes.USAGE,
          "`rollbook demo kubernetes` needs a cluster, by --kubeconfig and --context. "
              + e.getMessage());
    }
  }

  private Cluster open() {
    return clusters.open(kubeconfig(), Optional.ofNullable(options.context), () -> {});
  }

  private Optional<Path> kubeconfig() {
    return Optional.ofNullable(options.kubeconfig).map(file -> file.toAbsolutePath().normalize());
  }

  private static Optional<String> context(Cluster cluster) {
    return Optional.ofNullable(cluster.client().getConfiguration().getCurrentContext())
        .map(NamedContext::getName);
  }

  @Override
  Path prepare() throws IOException, InterruptedException {
    terminal.say(terminal.bold("1. A Deployment in the namespace " + namespace));
    try (Cluster cluster = open()) {
      Path catalog = folder.path().resolve("rollbook.yaml");
      String where =
          Stream.concat(
                  kubeconfig().map(file -> line("kubeconfig", file.toString())).stream(),
                  context(cluster).map(name -> line("context", name)).stream())
              .reduce("", String::concat);
      Files.writeString(
          catalog,
          DemoRepository.resource("kubernetes/rollbook.yaml")
              .replace("@cluster@", where)
              .replace("@namespace@", namespace));
      DemoNamespace demo = new DemoNamespace(cluster, namespace, SERVICE);
      demo.create(
          Map.of(
              "listen", DemoRepository.resource("compose/listen"),
              "shop", DemoRepository.resource("kubernetes/shop")));
      rollOut(demo, "1.2.2", true, "Initial deployment");
      rollOut(demo, "1.2.3", true, "Update to v1.2.3");
      return catalog;
    }
  }

  private static String line(String key, String text) {
    return "        " + key + ": '" + text.replace("'", "''") + "'\n";
  }

  private void rollOut(DemoNamespace demo, String version, boolean databaseUp, String cause)
      throws IOException, InterruptedException {
    demo.rollOut(
        DemoRepository.resource("kubernetes/shopping-service.yaml")
            .replace("@image@", options.image)
            .replace("@version@", version)
            .replace("@databaseUp@", String.valueOf(databaseUp))
            .replace("@cause@", cause));
    terminal.say("   " + cause + ": rolled out");
  }

  @Override
  void deploy(Path catalog) throws IOException, InterruptedException {
    try (Cluster cluster = open()) {
      rollOut(new DemoNamespace(cluster, namespace, SERVICE), "1.2.4", false, "Update to v1.2.4");
    }
  }

  @Override
  String release() {
    return "v1.2.4";
  }

  /** All revisions run one image, so that which one is meant has to be said. */
  @Override
  String target() {
    return "2";
  }

  @Override
  void show(Path catalog) throws IOException {
    int port = freePort(PORT);
    try (Cluster cluster = open();
        LocalPortForward forward =
            new DemoNamespace(cluster, namespace, SERVICE).forward(PORT, port)) {
      URI health = URI.create("http://localhost:" + forward.getLocalPort() + "/actuator/health");
      List.of(health, health.resolve("/api/v1/products")).forEach(this::show);
    }
  }

  @Override
  String whereabouts(Path catalog) {
    return "kubectl port-forward -n %s svc/%s %d:%d".formatted(namespace, SERVICE, PORT, PORT);
  }

  @Override
  void end() throws IOException, InterruptedException {
    Path catalog = folder.path().resolve("rollbook.yaml");
    if (!Files.exists(catalog)) {
      return;
    }
    KubernetesEnvironment environment =
        CatalogOption.read(catalog).kubernetesEnvironments().find(SERVICE, ENVIRONMENT);
    try (Cluster cluster = clusters.open(environment, () -> {})) {
      new DemoNamespace(cluster, environment.namespace(), SERVICE).remove();
    } catch (ClusterFailure e) {
      throw new Refusal(
          ExitCodes.FAULT,
          "%s\nThe demo's namespace %s is still there; where its cluster is gone, remove the folder %s by hand"
              .formatted(e.getMessage(), environment.namespace(), folder.path()));
    }
  }
}
