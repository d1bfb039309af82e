package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.CatalogEntry;
import dev.rollbook.kubernetes.KubernetesEnvironment;
import dev.rollbook.kubernetes.KubernetesEnvironment.ManagedBy;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.verification.HttpCheck;
import io.temporal.failure.ApplicationFailure;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an environment of kind kubernetes says, and what it means where it says nothing. */
@Timeout(60)
class KubernetesCatalogTest {

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  @Test
  void reads_the_shop_of_the_runbook() throws Exception {
    Catalog catalog = Catalog.read(Catalogs.EXAMPLE, Map.of());

    KubernetesEnvironment shop =
        catalog.kubernetesEnvironments().find("shopping-service", "production");

    assertThat(shop.kubeconfig()).contains(catalog.folder().resolve("production.kubeconfig"));
    assertThat(shop.context()).contains("production");
    assertThat(shop.namespace()).isEqualTo("shopping");
    assertThat(shop.workload()).isEqualTo(Workload.DEPLOYMENT);
    assertThat(shop.name()).isEqualTo("shopping-service");
    assertThat(shop.kubernetesService()).contains("shopping-service");
    assertThat(shop.port()).isEqualTo(8083);
    assertThat(shop.container()).contains("shop");
    assertThat(shop.managedBy()).isEqualTo(ManagedBy.REFUSE);
    assertThat(shop.checks())
        .extracting(HttpCheck::url)
        .containsExactly(URI.create("https://shop.example.com/api/v1/shopping/products"));
    assertThat(shop.approvalWithin()).isEqualTo(Duration.ofMinutes(5));
    assertThat(catalog.serviceChecks().find("shopping-service", "production").checks()).hasSize(1);
  }

  @Test
  void needs_little_and_fills_in_the_rest() throws Exception {
    KubernetesEnvironment shop = read("");

    assertThat(shop.kubeconfig()).isEmpty();
    assertThat(shop.context()).isEmpty();
    assertThat(shop.namespace()).isEqualTo("shop");
    assertThat(shop.workload()).isEqualTo(Workload.DEPLOYMENT);
    assertThat(shop.name()).isEqualTo("shop");
    assertThat(shop.kubernetesService()).contains("shop");
    assertThat(shop.container()).isEmpty();
    assertThat(shop.managedBy()).isEqualTo(ManagedBy.REFUSE);
    assertThat(shop.startLine().matcher("Started ShopApplication in 20.1 seconds").find()).isTrue();
    assertThat(shop.errorLines())
        .extracting(Pattern::pattern)
        .containsExactly("APPLICATION FAILED TO START");
    assertThat(shop.health().url()).isEqualTo(URI.create("http://localhost:8083/actuator/health"));
    assertThat(shop.checks()).isEmpty();
    assertThat(shop.approvalWithin()).isZero();
  }

  @Test
  void tells_workflows_how_long_its_steps_may_take() throws Exception {
    String written =
        """
        stop: {within: 5s}
        start: {within: 1m}
        stableFor: 3s
        health: {within: 20s}
        keptFor: 7s
        stuck: {askWithin: 10m}
        """;

    assertThat(entry(""))
        .isEqualTo(
            new CatalogEntry(
                CatalogEntry.Kind.KUBERNETES,
                "rollbook",
                Duration.ofSeconds(120 + 30),
                Duration.ofSeconds(480 + 30),
                Duration.ofSeconds(120 + 10 + 30),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(600 + 30),
                CatalogEntry.OnFailure.STOP,
                false,
                null));
    assertThat(entry(written.indent(8)))
        .isEqualTo(
            new CatalogEntry(
                CatalogEntry.Kind.KUBERNETES,
                "rollbook",
                Duration.ofSeconds(5 + 30),
                Duration.ofSeconds(60 + 30),
                Duration.ofSeconds(20 + 3 + 30),
                Duration.ZERO,
                Duration.ofMinutes(10),
                Duration.ofSeconds(7 + 30),
                CatalogEntry.OnFailure.STOP,
                false,
                null));
  }

  @ParameterizedTest
  @CsvSource({
    "deployment/shop-api, DEPLOYMENT, shop-api",
    "statefulset/shop-db.v2, STATEFULSET, shop-db.v2",
    "daemonset/shop-agent, DAEMONSET, shop-agent",
    "shop-api, DEPLOYMENT, shop-api",
  })
  void a_workload_is_written_as_kubectl_does(String written, Workload workload, String name)
      throws Exception {
    KubernetesEnvironment shop = read("        workload: " + written + "\n");

    assertThat(shop.workload()).isEqualTo(workload);
    assertThat(shop.name()).isEqualTo(name);
    assertThat(shop.kubernetesService()).contains("shop");
  }

  @Test
  void none_is_no_service() throws Exception {
    assertThat(read("        kubernetesService: none\n").kubernetesService()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:9090/up, 9090",
    "http://localhost/up, 80",
    "https://localhost/up, 443",
  })
  void the_port_of_the_health_url_is_enough(String url, int port) throws Exception {
    String portless =
        Catalogs.SHORTEST_KUBERNETES.replace("port: 8083", "health: {url: '" + url + "'}");

    assertThat(find(portless).port()).isEqualTo(port);
  }

  @Test
  void an_environment_of_another_kind_is_not_rolled_back_in_a_cluster() throws Exception {
    Catalog cluster = catalogs.read(Catalogs.SHORTEST_KUBERNETES);

    assertThat(
            catchThrowableOfType(
                    ApplicationFailure.class,
                    () -> cluster.composeEnvironments().find("shop", "production"))
                .getOriginalMessage())
        .isEqualTo(
            "shop in production is of kind kubernetes, which RollbackCompose cannot roll back;"
                + " start Rollback, which chooses by kind");
  }

  private KubernetesEnvironment read(String more) throws InvalidCatalog {
    return find(Catalogs.SHORTEST_KUBERNETES + more);
  }

  private KubernetesEnvironment find(String text) throws InvalidCatalog {
    return catalogs.read(text).kubernetesEnvironments().find("shop", "production");
  }

  private CatalogEntry entry(String more) throws InvalidCatalog {
    return catalogs
        .read(Catalogs.SHORTEST_KUBERNETES + more)
        .serviceCatalog()
        .find("shop", "production");
  }
}
