package dev.rollbook.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The ServiceAccount that {@code deploy/kubernetes} makes for a worker, in a shop's namespace. */
public final class WorkerAccount {

  private static final Path SHIPPED = Path.of("..", "deploy", "kubernetes", "role.yaml");
  private static final String NAME = "rollbook";

  private final KubernetesShop shop;
  private final Path kubeconfig;

  /**
   * It may do nothing yet.
   *
   * @param folder for its kubeconfig
   */
  public WorkerAccount(KubernetesShop shop, Path folder) throws IOException {
    this.shop = shop;
    var accounts = shop.client().serviceAccounts().inNamespace(shop.namespace());
    accounts
        .resource(
            new ServiceAccountBuilder().withNewMetadata().withName(NAME).endMetadata().build())
        .create();
    String token = accounts.withName(NAME).tokenRequest().getStatus().getToken();
    this.kubeconfig =
        Files.writeString(
            folder.resolve("account.yaml"),
            Files.readString(shop.kubeconfig())
                .replaceAll("client-certificate-data: [^,}\\s]+", "token: " + token)
                .replaceAll(",?\\s*client-key-data: [^,}\\s]+", ""));
  }

  /** As its pod would have it. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  /** The Role that {@code deploy/kubernetes} grants. */
  public Role shipped() throws IOException {
    return manifest(0, Role.class);
  }

  public void grant(Role role) throws IOException {
    shop.client().resource(role).create();
    shop.client().resource(manifest(1, RoleBinding.class)).create();
  }

  /**
   * The ClusterRole that is optional, under a name of this shop's own.
   *
   * @return what to delete in the end: it is in no namespace
   */
  public List<HasMetadata> grantNodes() throws IOException {
    String all =
        Files.readString(SHIPPED.resolveSibling("nodes.yaml"))
            .replaceAll("namespace: .*", "namespace: " + shop.namespace())
            .replace("name: rollbook-nodes", "name: rollbook-nodes-" + shop.suffix());
    return shop.client().load(new ByteArrayInputStream(all.getBytes(UTF_8))).create();
  }

  private <T extends HasMetadata> T manifest(int number, Class<T> kind) throws IOException {
    String all =
        Files.readString(SHIPPED).replaceAll("namespace: .*", "namespace: " + shop.namespace());
    return shop.client()
        .getKubernetesSerialization()
        .unmarshal(all.split("(?m)^---$")[number], kind);
  }
}
