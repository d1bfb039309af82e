package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong within an environment of kind kubernetes: where, and what to write instead. */
@Timeout(60)
class InvalidKubernetesCatalogTest {

  private static final String PRODUCTION = "services.shop.environments.production";
  private static final String NAMES =
      "names in Kubernetes are lower-case letters, digits and '-', at most 63, and begin and end"
          + " with a letter or digit";

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  @Test
  void a_key_of_another_kind_is_unknown_here() {
    assertThat(catalogs.kubernetesLinesWith("engine: unix:///x\nkubernetesservice: y"))
        .containsExactly(
            "rollbook.yaml:8:9: "
                + PRODUCTION
                + ": unknown key 'engine'. Allowed: kind, workers, kubeconfig, context, namespace,"
                + " workload, kubernetesService, port, container, managedBy, stop, start,"
                + " stableFor, health, checks, keptFor, stuck, onFailure, escalation, decision,"
                + " prometheus, evidence",
            "rollbook.yaml:9:9: "
                + PRODUCTION
                + ": unknown key 'kubernetesservice'. Did you mean 'kubernetesService'? Allowed:"
                + " kind, workers, kubeconfig, context, namespace, workload, kubernetesService,"
                + " port, container, managedBy, stop, start, stableFor, health, checks, keptFor,"
                + " stuck, onFailure, escalation, decision,"
                + " prometheus, evidence");
  }

  @Test
  void the_port_is_needed_where_the_health_url_is_left_out() {
    assertThat(catalogs.lines(Catalogs.SHORTEST_KUBERNETES.replace("        port: 8083\n", "")))
        .containsExactly(
            "rollbook.yaml:5:7: "
                + PRODUCTION
                + ": missing key 'port' (for the health URL; or write health.url)");
  }

  @Test
  void a_service_whose_name_kubernetes_would_not_take_names_everything_itself() {
    String text = Catalogs.SHORTEST_KUBERNETES.replace("shop:", "shop-:");

    assertThat(catalogs.lines(text))
        .extracting(line -> line.replace("services.shop-.environments.production", "…"))
        .containsExactly(
            "rollbook.yaml:5:7: ….namespace: nothing in Kubernetes can be called 'shop-': write"
                + " 'namespace'",
            "rollbook.yaml:5:7: ….workload: nothing in Kubernetes can be called 'shop-': write"
                + " 'workload'",
            "rollbook.yaml:5:7: ….kubernetesService: nothing in Kubernetes can be called 'shop-':"
                + " write 'kubernetesService'");
    assertThat(catalogs.lines(text + "        namespace: a\n        workload: Deployment/x\n"))
        .extracting(line -> line.replace("services.shop-.environments.production", "…"))
        .containsExactly(
            "rollbook.yaml:5:7: ….kubernetesService: nothing in Kubernetes can be called 'shop-':"
                + " write 'kubernetesService'",
            "rollbook.yaml:9:19: ….workload: not a workload: write deployment/NAME,"
                + " statefulset/NAME or daemonset/NAME");
  }

  @Test
  void all_problems_come_at_once_in_the_order_of_the_text() {
    String more =
        """
        kubeconfig: ""
        namespace: Shop
        workload: pod/shop
        managedBy: alow
        stop: {grace: 10s}
        start: {within: 5, line: "(", errors: ["["]}
        stableFor: 0s
        checks: [{url: 'http://x'}]
        stuck: {}
        """;

    assertThat(catalogs.kubernetesLinesWith(more))
        .extracting(line -> line.replace(PRODUCTION, "…"))
        .containsExactly(
            "rollbook.yaml:8:21: ….kubeconfig: must not be empty",
            "rollbook.yaml:9:20: ….namespace: " + NAMES,
            "rollbook.yaml:10:19: ….workload: not a workload: write deployment/NAME,"
                + " statefulset/NAME or daemonset/NAME",
            "rollbook.yaml:11:20: ….managedBy: 'alow' is not known. Did you mean 'allow'? Allowed:"
                + " refuse, allow",
            "rollbook.yaml:12:16: ….stop: unknown key 'grace'. Allowed: within",
            "rollbook.yaml:13:25: ….start.within: a duration needs its unit: 30s, 10m, 2h, 1m30s,"
                + " 500ms or PT10M, found a whole number",
            "rollbook.yaml:13:34: ….start.line: not a regular expression: Unclosed group (character"
                + " 2)",
            "rollbook.yaml:13:48: ….start.errors[0]: not a regular expression: Unclosed character"
                + " class (character 1)",
            "rollbook.yaml:14:20: ….stableFor: '0s' must be more than nothing",
            "rollbook.yaml:15:18: ….checks[0]: missing key 'name' (what the check is called in"
                + " reports)",
            "rollbook.yaml:16:9: ….stuck: missing key 'askWithin' (how long people are asked;"
                + " silence is no)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "workload: deployments/shop|workload|not a workload: write deployment/NAME,"
            + " statefulset/NAME or daemonset/NAME",
        "workload: deployment/|workload|not a workload: write deployment/NAME, statefulset/NAME or"
            + " daemonset/NAME",
        "workload: '--all'|workload|not a workload: write deployment/NAME, statefulset/NAME or"
            + " daemonset/NAME",
        "namespace: shop.x|namespace|" + NAMES,
        "namespace: shop-|namespace|" + NAMES,
        "kubernetesService: Shop|kubernetesService|" + NAMES,
        "container: [a]|container|wanted text, found a list",
        "context: ''|context|must not be empty",
        "context: '${env:CONTEXT}'|context|${env:NAME} works under variables and headers only; a"
            + " command finds it in its environment",
        "health: {url: '//shop/up'}|health.url|not a URL to ask: it begins with http:// or https://",
        "keptFor: [10s]|keptFor|a duration needs its unit: 30s, 10m, 2h, 1m30s, 500ms or PT10M,"
            + " found a list",
        "stuck: {askWithin: 0s}|stuck.askWithin|'0s' must be more than nothing",
        "variables: {}||unknown key 'variables'. Allowed: kind, workers, kubeconfig, context,"
            + " namespace, workload, kubernetesService, port, container, managedBy, stop, start,"
            + " stableFor, health, checks, keptFor, stuck, onFailure, escalation, decision,"
            + " prometheus, evidence",
      })
  void a_wrong_value_says_what_to_write(String field, String where, String message) {
    assertThat(
            catalogs.problems(Catalogs.SHORTEST_KUBERNETES + "        " + field + "\n").problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.where())
                  .isEqualTo(PRODUCTION + (where == null ? "" : "." + where));
              assertThat(problem.message()).isEqualTo(message);
              assertThat(problem.line()).isEqualTo(8);
            });
  }
}
