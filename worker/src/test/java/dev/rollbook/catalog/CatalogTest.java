package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.CatalogEntry;
import dev.rollbook.ServiceCatalog;
import dev.rollbook.local.Command;
import dev.rollbook.local.LocalEnvironment;
import io.temporal.failure.ApplicationFailure;
import io.temporal.testing.TestActivityEnvironment;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    assertThat(catalog.environments("shopping-service")).containsExactly("local");
    assertThat(catalog.taskQueues()).containsExactly("rollbook-laptop");
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
                Duration.ZERO));
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
