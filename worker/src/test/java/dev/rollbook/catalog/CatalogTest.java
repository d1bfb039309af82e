package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Secret;
import dev.rollbook.ServiceCatalog;
import dev.rollbook.compose.ComposeEnvironment;
import dev.rollbook.compose.ComposePin;
import dev.rollbook.local.Command;
import dev.rollbook.local.LocalEnvironment;
import dev.rollbook.verification.HttpCheck;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class CatalogTest {

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  @Test
  void reads_the_example_without_a_problem() throws Exception {
    Catalog catalog =
        Catalog.read(Catalogs.EXAMPLE, Map.of("SHOPPING_DB_PASSWORD", "s3", "TOKEN", "t"));

    assertThat(catalog.services()).containsExactly("shopping-service");
    assertThat(catalog.environments("shopping-service"))
        .containsExactly("local", "production", "staging");
    assertThat(catalog.taskQueues())
        .containsExactly("rollbook-laptop", "rollbook-production", "rollbook-staging");
    assertThat(catalog.file()).isAbsolute().hasFileName("rollbook.example.yaml");
    assertThat(catalog.reports()).isEqualTo(catalog.folder().resolve("docs/troubleshooting"));

    LocalEnvironment local = catalog.localEnvironments().find("shopping-service", "local");
    Path repository = catalog.folder().resolveSibling("portal-universe");
    assertThat(local.repository()).isEqualTo(repository);
    assertThat(local.previousTag()).contains("previous");
    assertThat(local.port()).isEqualTo(8083);
    assertThat(local.log()).contains(repository.resolve("logs/shopping.log"));
    assertThat(local.freeDiskBytes()).isEqualTo(524_288_000L);
    assertThat(local.build())
        .isEqualTo(
            new Command(
                List.of("./gradlew", ":services:shopping-service:build"),
                repository,
                Duration.ofMinutes(10)));
    assertThat(local.start().within()).isEqualTo(Duration.ofMinutes(3));
    assertThat(local.startLine().matcher("Started ShoppingApplication in 4.2 seconds").find())
        .isTrue();
    assertThat(local.variables().get("DB_PASSWORD").reveal()).isEqualTo("s3");
    assertThat(local.variables().get("SPRING_PROFILES_ACTIVE").reveal()).isEqualTo("local");
    assertThat(local.health().headers().get("Authorization").reveal()).isEqualTo("Bearer t");
    assertThat(local.checks()).hasSize(1);
    assertThat(local.checks().get(0).pointer()).contains("/0/id");
    assertThat(local.checks().get(0).expected()).contains("1");
  }

  @Test
  void reads_the_catalog_that_the_worker_in_a_cluster_is_shipped_with() throws Exception {
    String shipped = Files.readString(Path.of("../deploy/kubernetes/worker.yaml"));
    String text =
        StreamSupport.stream(
                new Load(LoadSettings.builder().build()).loadAllFromString(shipped).spliterator(),
                false)
            .map(object -> (Map<?, ?>) object)
            .filter(object -> object.get("kind").equals("ConfigMap"))
            .map(object -> (Map<?, ?>) object.get("data"))
            .map(data -> (String) data.get("rollbook.yaml"))
            .findFirst()
            .orElseThrow();

    assertThat(catalogs.read(text).environments("shopping-service")).containsExactly("production");
  }

  @Test
  void reads_the_shop_of_the_runbook_in_compose() throws Exception {
    Catalog catalog = Catalog.read(Catalogs.EXAMPLE, Map.of("BUILDER_TOKEN", "b"));

    ComposeEnvironment compose = catalog.composeEnvironments().find("shopping-service", "staging");

    Path repository = catalog.folder().resolveSibling("portal-universe");
    assertThat(compose.engine()).contains(URI.create("unix:///var/run/docker.sock"));
    assertThat(compose.project()).contains("shop");
    assertThat(compose.composeService()).isEqualTo("shopping-service");
    assertThat(compose.pin()).isEqualTo(ComposePin.Pin.EDIT);
    assertThat(compose.previousTag()).contains("previous");
    assertThat(compose.stopGrace()).contains(Duration.ofSeconds(10));
    assertThat(compose.rebuild())
        .contains(
            new ComposeEnvironment.Rebuild(
                repository,
                new Command(
                    List.of("./gradlew", ":services:shopping-service:bootBuildImage"),
                    repository,
                    Duration.ofMinutes(10)),
                "shopping-service:0.0.1-SNAPSHOT"));
    assertThat(compose.variables().get("BUILDER_TOKEN").reveal()).isEqualTo("b");
    assertThat(compose.checks())
        .extracting(HttpCheck::url)
        .containsExactly(
            URI.create("http://localhost:8080/api/v1/shopping/products"),
            URI.create("http://localhost:8083/api/v1/products"));
    assertThat(compose.dependencies())
        .extracting(
            one -> one.name() + one.url().isPresent() + one.tcp() + one.service() + one.database())
        .containsExactly(
            "config-servicetrueOptional.emptyOptional.emptyfalse",
            "mysqlfalseOptional[mysql-db:3306]Optional.emptytrue",
            "kafkafalseOptional.emptyOptional[kafka]false");
    assertThat(compose.approvalWithin()).isEqualTo(Duration.ofMinutes(5));
    assertThat(catalog.serviceChecks().find("shopping-service", "staging").checks()).hasSize(2);
    assertThat(catalog.secrets()).filteredOn(Secret::isReference).hasSize(23);
  }

  @Test
  void needs_still_less_of_compose() throws Exception {
    Catalog catalog = catalogs.read(Catalogs.SHORTEST_COMPOSE);

    ComposeEnvironment compose = catalog.composeEnvironments().find("shop", "staging");
    assertThat(compose.engine()).isEmpty();
    assertThat(compose.project()).isEmpty();
    assertThat(compose.composeService()).isEqualTo("shop");
    assertThat(compose.pin()).isEqualTo(ComposePin.Pin.EDIT);
    assertThat(compose.stopGrace()).isEmpty();
    assertThat(compose.rebuild()).isEmpty();
    assertThat(compose.startLine().matcher("Started ShopApplication in 20.1 seconds").find())
        .isTrue();
    assertThat(compose.errorLines())
        .extracting(Pattern::pattern)
        .containsExactly("APPLICATION FAILED TO START");
    assertThat(compose.health().url())
        .isEqualTo(URI.create("http://localhost:8083/actuator/health"));
    assertThat(compose.dependencies()).isEmpty();
    assertThat(compose.approvalWithin()).isZero();
  }

  @Test
  void tells_workflows_how_long_the_steps_of_compose_may_take() throws Exception {
    String graceful =
        """
        stop: {grace: 5s}
        start: {within: 1m}
        health: {within: 20s}
        rebuild: {repository: r, command: [make], image: i, within: 1h}
        stackRestart: {askWithin: 10m}
        """;

    assertThat(catalogs.read(Catalogs.SHORTEST_COMPOSE).serviceCatalog().find("shop", "staging"))
        .isEqualTo(
            new CatalogEntry(
                CatalogEntry.Kind.COMPOSE,
                "rollbook",
                Duration.ofSeconds(3600 + 30),
                Duration.ofSeconds(180 + 30),
                Duration.ofSeconds(120 + 30),
                Duration.ofSeconds(600 + 30),
                Duration.ZERO,
                null,
                CatalogEntry.OnFailure.STOP,
                false,
                null));
    assertThat(
            catalogs
                .read(Catalogs.SHORTEST_COMPOSE + graceful.indent(8))
                .serviceCatalog()
                .find("shop", "staging"))
        .isEqualTo(
            new CatalogEntry(
                CatalogEntry.Kind.COMPOSE,
                "rollbook",
                Duration.ofSeconds(5 + 30),
                Duration.ofSeconds(60 + 30),
                Duration.ofSeconds(20 + 30),
                Duration.ofSeconds(3600 + 30),
                Duration.ofMinutes(10),
                null,
                CatalogEntry.OnFailure.STOP,
                false,
                null));
  }

  @Test
  void an_environment_of_one_kind_is_not_rolled_back_as_another() throws Exception {
    Catalog compose = catalogs.read(Catalogs.SHORTEST_COMPOSE);
    Catalog local = catalogs.read(Catalogs.SHORTEST);

    ApplicationFailure asLocal =
        catchThrowableOfType(
            ApplicationFailure.class, () -> compose.localEnvironments().find("shop", "staging"));
    ApplicationFailure asCompose =
        catchThrowableOfType(
            ApplicationFailure.class, () -> local.composeEnvironments().find("shop", "local"));
    ApplicationFailure asKubernetes =
        catchThrowableOfType(
            ApplicationFailure.class,
            () -> compose.kubernetesEnvironments().find("shop", "staging"));

    assertThat(asLocal.isNonRetryable()).isTrue();
    assertThat(asLocal.getType()).isEqualTo("WrongKind");
    assertThat(asLocal.getOriginalMessage())
        .isEqualTo(
            "shop in staging is of kind compose, which RollbackLocal cannot roll back; start"
                + " Rollback, which chooses by kind");
    assertThat(asCompose.getOriginalMessage())
        .startsWith("shop in local is of kind local, which RollbackCompose cannot roll back");
    assertThat(asKubernetes.getOriginalMessage())
        .startsWith(
            "shop in staging is of kind compose, which RollbackKubernetes cannot roll back");
  }

  @Test
  void needs_little_and_fills_in_the_rest() throws Exception {
    Catalog catalog = catalogs.read(Catalogs.SHORTEST);

    LocalEnvironment local = catalog.localEnvironments().find("shop", "local");
    assertThat(catalog.taskQueues()).containsExactly("rollbook");
    assertThat(catalog.reports()).isEqualTo(folder.resolve("docs/troubleshooting"));
    assertThat(local.health().url()).isEqualTo(URI.create("http://localhost:8083/actuator/health"));
    assertThat(local.build().directory()).isEqualTo(folder.resolve("shop"));
    assertThat(local.checks()).isEmpty();
    assertThat(local.variables()).isEmpty();
  }

  @Test
  void tells_workflows_how_long_their_steps_may_take() throws Exception {
    Catalog catalog = catalogs.read(Catalogs.SHORTEST);

    CatalogEntry entry = catalog.serviceCatalog().find("shop", "local");

    assertThat(entry)
        .isEqualTo(
            new CatalogEntry(
                CatalogEntry.Kind.LOCAL,
                "rollbook",
                Duration.ofSeconds(10 + 30),
                Duration.ofSeconds(600 + 180 + 30),
                Duration.ofSeconds(120 + 30),
                Duration.ofSeconds(600 + 30),
                Duration.ZERO,
                null,
                CatalogEntry.OnFailure.STOP,
                false,
                null));
  }

  @Test
  void is_asked_as_an_activity() throws Exception {
    Catalog catalog = catalogs.read(Catalogs.SHORTEST);

    TestActivityEnvironment activities = TestActivityEnvironment.newInstance();
    try {
      activities.registerActivitiesImplementations(catalog.serviceCatalog());

      CatalogEntry entry = activities.newActivityStub(ServiceCatalog.class).find("shop", "local");

      assertThat(entry.taskQueue()).isEqualTo("rollbook");
    } finally {
      activities.close();
    }
  }

  @Test
  void an_unknown_service_fails_for_good_and_names_what_exists() throws Exception {
    Catalog catalog = catalogs.read(Catalogs.SHORTEST);

    ApplicationFailure failure = failure(catalog, "shpo", "local");

    assertThat(failure.isNonRetryable()).isTrue();
    assertThat(failure.getType()).isEqualTo("UnknownService");
    assertThat(failure.getOriginalMessage())
        .isEqualTo(
            "The catalog rollbook.yaml has no service 'shpo'. Did you mean 'shop'? There are: shop");
    assertThat(failure(catalog, "shop", "lokal").getOriginalMessage())
        .isEqualTo("shop has no environment 'lokal'. Did you mean 'local'? There are: local");
    assertThat(failure(catalog, null, "local").getOriginalMessage())
        .isEqualTo("The catalog rollbook.yaml has no service without a name. There are: shop");
    assertThat(failure(catalog, "shop", null).getType()).isEqualTo("UnknownService");
    assertThat(failure(catalog, "../../x\u001b[2J" + "y".repeat(1 << 20), "e").getOriginalMessage())
        .startsWith("The catalog rollbook.yaml has no service '../../x?[2Jyyyy")
        .hasSizeLessThan(200);
  }

  @Test
  void keeps_values_as_they_were_written() throws Exception {
    Catalog catalog =
        catalogs.read(
            Catalogs.SHORTEST
                + "        variables: {A: 1.10, B: 010, C: yes, D: 'null', E: TRUE, F: 0x1F}\n");

    assertThat(catalog.localEnvironments().find("shop", "local").variables())
        .allSatisfy((name, value) -> assertThat(value.isReference()).isFalse())
        .extractingFromEntries(entry -> entry.getKey() + "=" + entry.getValue().reveal())
        .containsExactlyInAnyOrder("A=1.10", "B=010", "C=yes", "D=null", "E=TRUE", "F=0x1F");
  }

  @Test
  void reads_aliases_unicode_and_a_byte_order_mark() throws Exception {
    String text =
        """
        \uFEFFversion: 1
        services:
          shop: &shop
            environments:
              local: {kind: local, repository: 쇼핑, port: 1, build: {command: [make]}, start: {command: [x, "🛒"]}}
          shop-2: *shop
        """;

    Catalog catalog = catalogs.read(text);

    assertThat(catalog.services()).containsExactly("shop", "shop-2");
    LocalEnvironment local = catalog.localEnvironments().find("shop-2", "local");
    assertThat(local.repository()).isEqualTo(folder.resolve("쇼핑"));
    assertThat(local.start().argv()).containsExactly("x", "🛒");
  }

  private static ApplicationFailure failure(Catalog catalog, String service, String environment) {
    return catchThrowableOfType(
        ApplicationFailure.class, () -> catalog.serviceCatalog().find(service, environment));
  }
}
