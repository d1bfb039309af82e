package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.decision.DecisionPolicy;
import dev.rollbook.decision.DecisionPolicy.Otherwise;
import dev.rollbook.decision.DecisionPolicy.Row;
import dev.rollbook.decision.GuardLimits;
import dev.rollbook.decision.MetricQueries;
import dev.rollbook.decision.ServiceMetrics;
import dev.rollbook.decision.SymptomLimits;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecisionCatalogTest {

  @TempDir Path folder;

  @Test
  void left_out_it_is_as_the_runbook_says() throws Exception {
    Catalog catalog = new Catalogs(folder).read(Catalogs.SHORTEST);

    assertThat(decision(catalog)).isEqualTo(DecisionPolicy.RUNBOOK);
    assertThat(catalog.guardLimits()).isEqualTo(GuardLimits.DEFAULT);
  }

  @Test
  void an_environment_says_otherwise_than_all_and_all_than_the_runbook() throws Exception {
    Catalog catalog =
        new Catalogs(folder)
            .read(
                "decision: {high: {within: 5m, otherwise: escalate}}\n"
                    + "guards: {coolDown: 1h, perHour: 3}\n"
                    + Catalogs.SHORTEST
                    + "        decision: {high: {within: 2m}, medium: {otherwise: rollBack}}\n");

    assertThat(decision(catalog).high())
        .isEqualTo(new Row(Duration.ofMinutes(2), Otherwise.ESCALATE));
    assertThat(decision(catalog).medium())
        .isEqualTo(new Row(Duration.ofMinutes(30), Otherwise.ROLL_BACK));
    assertThat(catalog.guardLimits()).isEqualTo(new GuardLimits(Duration.ofHours(1), 2, 3));
  }

  @Test
  void a_word_that_decides_nothing_is_named() {
    assertThatThrownBy(
            () ->
                new Catalogs(folder)
                    .read("decision: {high: {otherwise: rollback}}\n" + Catalogs.SHORTEST))
        .hasMessageContaining("decision.high.otherwise")
        .hasMessageContaining("rollBack");
  }

  @Test
  void a_prometheus_is_asked_for_the_service_by_its_own_labels() throws Exception {
    Catalog catalog =
        new Catalogs(folder)
            .read(
                "prometheus: {url: 'http://p:9090/prom', bearer: '${env:TOKEN}', maxAge: 1m}\n"
                    + "evidence: {labels: {job: '$service-x'}, limits: {critical: 80}}\n"
                    + "decision: {critical: {needsEvidence: true}, releaseWithin: 2h}\n"
                    + Catalogs.SHORTEST
                    + "        evidence: {queries: {up: 'sum(alive{$labels,at=\"$environment\"})'},"
                    + " limits: {high: 20}}\n");

    ServiceMetrics metrics = catalog.serviceMetrics().find("shop", "local").orElseThrow();
    assertThat(metrics.queries().up()).isEqualTo("sum(alive{job=\"shop-x\",at=\"local\"})");
    assertThat(metrics.queries().traffic())
        .isEqualTo(
            "sum(rate(http_server_requests_seconds_count{job=\"shop-x\",uri!~\"/actuator.*\"}[5m]))");
    assertThat(metrics.limits())
        .isEqualTo(new SymptomLimits(0.8, 0.2, 0.05, Duration.ofSeconds(5)));
    assertThat(catalog.secrets()).hasToString("[***]");
    assertThat(decision(catalog).asksMetrics()).isTrue();
    assertThat(decision(catalog).needsEvidence()).isTrue();
    assertThat(decision(catalog).releaseWithin()).isEqualTo(Duration.ofHours(2));
  }

  @Test
  void an_environment_has_a_prometheus_of_its_own() throws Exception {
    Catalog catalog =
        new Catalogs(folder)
            .read(
                Catalogs.SHORTEST
                    + "        prometheus: {url: 'http://own', username: me, password: '${env:WORD}'}\n");

    ServiceMetrics metrics = catalog.serviceMetrics().find("shop", "local").orElseThrow();
    assertThat(metrics.server().url()).isEqualTo(URI.create("http://own"));
    assertThat(metrics.server().user().orElseThrow().name()).isEqualTo("me");
    assertThat(metrics.queries().up())
        .isEqualTo("max(up{application=\"shop\",environment=\"local\"})");
  }

  @Test
  void the_queries_and_limits_in_the_example_are_the_defaults() throws Exception {
    ServiceMetrics written =
        Catalog.read(Catalogs.EXAMPLE, Map.of())
            .serviceMetrics()
            .find("shopping-service", "production")
            .orElseThrow();

    assertThat(written.queries())
        .isEqualTo(MetricQueries.USUAL.of("shopping-service", "production", MetricQueries.LABELS));
    assertThat(written.limits()).isEqualTo(SymptomLimits.RUNBOOK);
  }

  @Test
  void what_a_prometheus_cannot_be_asked_is_told_with_its_place() {
    assertThat(
            new Catalogs(folder)
                .lines(
                    """
                    prometheus: {url: "http://p", bearer: secret, username: me, password: "${env:P}", answerWithin: 1m}
                    evidence:
                      queries: {up: "up{job='$svc'}", errorRate: 'a{b=~"x$"}'}
                      limits: {critical: 5, high: 20}
                    """
                        + Catalogs.SHORTEST))
        .containsExactly(
            "rollbook.yaml:1:31: prometheus.bearer: either bearer, or username and password",
            "rollbook.yaml:1:97: prometheus.answerWithin: at most 10s: a rollback waits for it",
            "rollbook.yaml:3:17: evidence.queries.up: nothing is known to put in for '$svc'. There are,"
                + " after '$': service, environment, labels",
            "rollbook.yaml:4:3: evidence.limits: none, high and critical rise, in that order");
    assertThat(
            new Catalogs(folder)
                .lines("decision: {critical: {needsEvidence: true}}\n" + Catalogs.SHORTEST))
        .containsExactly(
            "rollbook.yaml:1:38: decision.critical.needsEvidence: a service without 'prometheus'"
                + " can show nothing; name one, or write false there");
  }

  private static DecisionPolicy decision(Catalog catalog) {
    return catalog.serviceCatalog().find("shop", "local").decision();
  }
}
