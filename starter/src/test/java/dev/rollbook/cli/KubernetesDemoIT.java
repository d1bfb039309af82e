package dev.rollbook.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.kubernetes.Clusters;
import dev.rollbook.kubernetes.NeedsKubernetes;
import dev.rollbook.shop.Rollbook;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** {@code rollbook demo kubernetes}: what it asks, shows, and leaves in the cluster. */
@NeedsKubernetes
@Timeout(600)
class KubernetesDemoIT {

  private static final String KUBECONFIG = System.getenv("ROLLBOOK_TEST_KUBECONFIG");
  private static final Pattern NAMESPACE = Pattern.compile("rollbook-demo-[0-9a-f]+");

  @TempDir Path folder;
  private final Clusters clusters = new Clusters();
  private KubernetesClient cluster;

  @BeforeEach
  void connect() {
    cluster = clusters.open(Optional.of(Path.of(KUBECONFIG)), Optional.empty(), () -> {}).client();
  }

  @AfterEach
  void clean() throws Exception {
    rollbook().call("demo", "--clean");
    clusters.close();
  }

  @Test
  @ResourceLock("the ports that a demo likes")
  void rolls_back_before_your_eyes_and_cleans_up() throws Exception {
    Rollbook.Answer played = demo("--yes", "--image", "rollbook.local/busybox:1");

    assertThat(played.exitCode()).as(played.out() + played.err()).isZero();
    assertThat(played.out())
        .containsSubsequence(
            "Initial deployment: rolled out",
            "Update to v1.2.3: rolled out",
            "Update to v1.2.4: rolled out",
            "/actuator/health -> 503",
            "rollbook run shopping-service -e production --to 2",
            "C2  Undo rollout to ",
            "ROLLED_BACK",
            "/actuator/health -> 200",
            "demo --clean");
    Deployment shop =
        cluster.apps().deployments().inNamespace(namespace()).withName("shopping-service").get();
    assertThat(shop.getSpec().getTemplate().getSpec().getContainers().get(0).getEnv())
        .filteredOn(variable -> variable.getName().equals("VERSION"))
        .singleElement()
        .satisfies(variable -> assertThat(variable.getValue()).isEqualTo("1.2.3"));
    assertThat(shop.getSpec().getReplicas()).isEqualTo(2);

    // every revision's image bears the tag 1: a number is a revision's all the same
    Rollbook.Answer plan =
        rollbook()
            .call("plan", "shopping-service", "-e", "production", "--to", "1", "-f", catalog());

    assertThat(plan.out()).contains("revision 1 (rollbook.local/busybox:1): as asked: 1");

    String namespace = namespace();
    Rollbook.Answer clean = rollbook().call("demo", "--clean");

    assertThat(clean.exitCode()).as(clean.out() + clean.err()).isZero();
    assertThat(folder.resolve("rollbook-demo")).doesNotExist();
    assertThat(find(namespace)).isNull();
  }

  @Test
  void nothing_is_made_where_nobody_can_be_asked() throws Exception {
    Rollbook.Answer refused = demo();

    assertThat(refused.exitCode()).isEqualTo(2);
    Matcher named = NAMESPACE.matcher(refused.err());
    assertThat(named.find()).as(refused.err()).isTrue();
    assertThat(refused.err())
        .contains(
            "Make the namespace " + named.group() + " in the cluster " + server(), "say --yes");
    assertThat(folder.resolve("rollbook-demo")).doesNotExist();
    assertThat(find(named.group())).isNull();
  }

  @Test
  void a_person_at_a_terminal_is_asked_and_the_answer_decides() throws Exception {
    Rollbook.Answer declined = rollbook().startAtTerminal("\n", arguments()).answer(180);

    assertThat(declined.exitCode()).as(declined.toString()).isEqualTo(5);
    Matcher named = NAMESPACE.matcher(declined.out());
    assertThat(named.find()).as(declined.out()).isTrue();
    assertThat(declined.out()).contains("[y/N]", "Declined; nothing was changed.");
    assertThat(folder.resolve("rollbook-demo")).doesNotExist();
    assertThat(find(named.group())).isNull();

    Rollbook.Running agreed = rollbook().startAtTerminal("y\n", arguments());
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(180))
          .ignoreExceptionsInstanceOf(NoSuchFileException.class) // not written yet
          .until(() -> find(namespace()) != null);
    } finally {
      agreed.killGroup();
    }
  }

  @Test
  void a_namespace_that_is_not_the_demos_is_left_alone() throws Exception {
    Path demo = Files.createDirectories(folder.resolve("rollbook-demo"));
    Files.writeString(demo.resolve(".rollbook-demo"), "kubernetes: as if\n");
    Files.writeString(
        demo.resolve("rollbook.yaml"),
        """
        version: 1
        services:
          shopping-service:
            environments:
              production: {kind: kubernetes, kubeconfig: '%s', namespace: default, port: 8083}
        """
            .formatted(KUBECONFIG));

    Rollbook.Answer refused = rollbook().call("demo", "--clean");

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("The namespace default was not made by `rollbook demo`");
    assertThat(demo).exists();
    assertThat(find("default").getMetadata().getDeletionTimestamp()).isNull();
  }

  @Test
  void a_cluster_that_is_not_there_is_told_before_anything_is_made() throws Exception {
    Path nowhere = folder.resolve("nowhere.kubeconfig");
    Files.writeString(nowhere, Files.readString(Path.of(KUBECONFIG)).replace(":16443", ":1"));

    Rollbook.Answer refused =
        rollbook().call("demo", "kubernetes", "--yes", "--kubeconfig", nowhere.toString());

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .contains("needs a cluster, by --kubeconfig and --context", "does not answer");
    assertThat(folder.resolve("rollbook-demo")).doesNotExist();
  }

  private Rollbook.Answer demo(String... options) throws Exception {
    return rollbook().call(400, arguments(options));
  }

  private static String[] arguments(String... options) {
    List<String> all = new ArrayList<>(List.of("demo", "kubernetes", "--kubeconfig", KUBECONFIG));
    all.addAll(List.of(options));
    return all.toArray(String[]::new);
  }

  private Rollbook rollbook() {
    return new Rollbook(folder).withoutTemporal();
  }

  private String server() {
    return cluster.getConfiguration().getMasterUrl();
  }

  private String catalog() {
    return folder.resolve("rollbook-demo/rollbook.yaml").toString();
  }

  private String namespace() throws IOException {
    Matcher name = NAMESPACE.matcher(Files.readString(Path.of(catalog())));
    assertThat(name.find()).isTrue();
    return name.group();
  }

  private Namespace find(String name) {
    return cluster.namespaces().withName(name).get();
  }
}
