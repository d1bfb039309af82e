package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the worker's account needs in the namespace, and which of it the API server does not grant:
 * asked verb by verb, since nobody can tell from the outside what an account may do.
 */
final class ClusterPermissions {

  private final String namespace;
  private final Workload workload;
  private final String name;

  /**
   * @param resource with its subresource: {@code pods/log}
   * @param named only for the workload itself, not for others of its kind
   */
  record Rule(String group, String resource, List<String> verbs, boolean named) {}

  ClusterPermissions(KubernetesEnvironment environment) {
    this(environment.namespace(), environment.workload(), environment.name());
  }

  ClusterPermissions(String namespace, Workload workload, String name) {
    this.namespace = namespace;
    this.workload = workload;
    this.name = name;
  }

  /** Without any one of these verbs a rollback would end halfway. */
  List<Rule> needed() {
    boolean isDeployment = workload == Workload.DEPLOYMENT;
    boolean isStatefulSet = workload == Workload.STATEFULSET;
    String plural = workload.kind().toLowerCase(Locale.ROOT) + "s";
    List<Rule> rules = new ArrayList<>();
    // a mistyped name is to be told from a missing permission, so that reading is for all
    rules.add(new Rule("apps", plural, List.of("get", "list"), false));
    rules.add(new Rule("apps", plural, List.of("watch", "patch"), true));
    rules.add(
        new Rule(
            "apps", isDeployment ? "replicasets" : "controllerrevisions", List.of("list"), false));
    rules.add(
        new Rule(
            "",
            "pods",
            isStatefulSet ? List.of("list", "watch", "delete") : List.of("list", "watch"),
            false));
    rules.add(new Rule("", "pods/log", List.of("get"), false));
    // through a WebSocket: `get` opens it, and newer API servers want `create` as well
    rules.add(new Rule("", "pods/portforward", List.of("get", "create"), false));
    rules.add(new Rule("", "services", List.of("get"), false));
    rules.add(new Rule("", "events", List.of("list"), false));
    rules.add(new Rule("discovery.k8s.io", "endpointslices", List.of("list"), false));
    return rules;
  }

  /** Without these, preflight sees less. */
  List<Rule> useful() {
    return List.of(
        new Rule("", "resourcequotas", List.of("list"), false),
        new Rule("autoscaling", "horizontalpodautoscalers", List.of("list"), false),
        new Rule("policy", "poddisruptionbudgets", List.of("list"), false));
  }

  /** All that is missing at once, with what to apply. */
  List<Finding> findings(Cluster cluster) {
    List<Right> needed = rights(needed());
    List<Right> useful = rights(useful());
    List<Boolean> allowed = allowed(cluster, needed, useful);
    List<String> missing = missing(needed, allowed.subList(0, needed.size()));
    List<String> unseen = missing(useful, allowed.subList(needed.size(), allowed.size()));
    List<Finding> findings = new ArrayList<>();
    findings.add(
        missing.isEmpty()
            ? Finding.ok("permissions", "the worker may do all that the steps need")
            : Finding.blocker(
                "permissions",
                "the worker may not "
                    + String.join(", ", missing)
                    + " in namespace "
                    + namespace
                    + ". Apply this Role and bind it to the worker's account (`kubectl create rolebinding rollbook --role=rollbook --serviceaccount=NAMESPACE:NAME -n "
                    + namespace
                    + "`):\n"
                    + role()));
    if (!unseen.isEmpty()) {
      findings.add(
          Finding.warning(
              "permissions",
              "the worker may not "
                  + String.join(", ", unseen)
                  + " in namespace "
                  + namespace
                  + ", so that preflight does not see them"));
    }
    return findings;
  }

  /** One verb of a rule. */
  private record Right(Rule rule, String verb) {

    String words() {
      return verb + " " + rule.resource();
    }
  }

  private static List<Right> rights(List<Rule> rules) {
    return rules.stream()
        .flatMap(rule -> rule.verbs().stream().map(verb -> new Right(rule, verb)))
        .toList();
  }

  private List<Boolean> allowed(Cluster cluster, List<Right> needed, List<Right> useful) {
    return cluster.together(
        Stream.concat(needed.stream(), useful.stream())
            .<Supplier<Boolean>>map(right -> () -> isAllowed(cluster, right.rule(), right.verb()))
            .toList());
  }

  private static List<String> missing(List<Right> rights, List<Boolean> allowed) {
    return IntStream.range(0, rights.size())
        .filter(at -> !allowed.get(at))
        .mapToObj(at -> rights.get(at).words())
        .toList();
  }

  private boolean isAllowed(Cluster cluster, Rule rule, String verb) {
    String[] resource = rule.resource().split("/");
    SelfSubjectAccessReview question =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withNewResourceAttributes()
            .withNamespace(namespace)
            .withGroup(rule.group())
            .withResource(resource[0])
            .withSubresource(resource.length > 1 ? resource[1] : null)
            .withName(rule.named() ? name : null)
            .withVerb(verb)
            .endResourceAttributes()
            .endSpec()
            .build();
    return cluster
        .call(
            "ask whether the worker may " + verb + " " + rule.resource(),
            client -> client.authorization().v1().selfSubjectAccessReview().create(question))
        .getStatus()
        .getAllowed();
  }

  /** As YAML, with exactly these verbs. */
  String role() {
    List<Rule> all = new ArrayList<>(needed());
    all.addAll(useful());
    return """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: rollbook
          namespace: %s
        rules:
        """
            .formatted(namespace)
        + all.stream().map(this::yaml).collect(Collectors.joining());
  }

  private String yaml(Rule rule) {
    String names = rule.named() ? "  resourceNames: [\"" + name + "\"]\n" : "";
    return "- apiGroups: [\"%s\"]%n  resources: [\"%s\"]%n%s  verbs: [%s]%n"
        .formatted(
            rule.group(),
            rule.resource(),
            names,
            rule.verbs().stream().map(verb -> '"' + verb + '"').collect(Collectors.joining(", ")));
  }
}
