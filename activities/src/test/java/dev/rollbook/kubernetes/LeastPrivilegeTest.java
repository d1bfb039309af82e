package dev.rollbook.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.kubernetes.ApiProxy.Fault;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.kubernetes.Release.Behaviour;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.temporal.failure.ApplicationFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A service account that may do no more than what the Role says that we ship, or print. */
@NeedsKubernetes
@Timeout(180)
class LeastPrivilegeTest {

  private static final Path SHIPPED = Path.of("..", "deploy", "kubernetes", "role.yaml");
  private static final String NODES_UNSEEN = "nodes and other namespaces' pods may not be listed";
  private static final Release BAD = Release.bad(Behaviour.UNREADY);

  @TempDir Path folder;
  private KubernetesShop shop;
  private WorkerAccount account;
  private KubernetesActivities activities;

  @AfterEach
  void close() {
    activities.close();
    shop.close();
  }

  private void open(Workload kind, int replicas) throws IOException {
    shop = new KubernetesShop(kind, replicas);
    account = new WorkerAccount(shop, folder);
    activities =
        new KubernetesActivities(
            folder.resolve("state"), shop.environment().kubeconfig(account.kubeconfig()).build());
  }

  @Test
  void the_role_that_we_ship_grants_what_the_steps_ask_for_and_nothing_else() throws Exception {
    open(Workload.DEPLOYMENT, 1);
    shop.rollOut(Release.good()).begin(BAD, 1);
    Role role = shipped();
    account.grant(role);
    clean();

    try (ApiProxy proxy = new ApiProxy(account.kubeconfig())) {
      ShopEnvironment watched = shop.environment().kubeconfig(proxy.kubeconfig(folder));
      activities.environment.set(watched.build());
      rollBackAndStop();
      activities.environment.set(watched.name("shoping-service").build());
      assertThat(KubernetesActivities.of(activities.plan(null), Level.BLOCKER, "workload"))
          .singleElement()
          .asString()
          .contains("did you mean 'shopping-service'?");
      Set<String> asked = asked(proxy.requests());
      asked.add("create pods/portforward"); // of newer API servers, together with get
      asked.removeAll(Set.of("list statefulsets", "list daemonsets")); // refused: a hint less
      assertThat(asked).isEqualTo(granted(role));
    }
    assertThat(shop.release()).isEqualTo("good");
    assertThat(shop.pods()).isEmpty();
  }

  private void rollBackAndStop() {

    PinnedService service = activities.plan(null).pinned();
    activities.rollout.history(service);
    activities.rollout.captureEvidence(service);
    assertThat(activities.rollout.undo(service, "hana", "orders fail").changed()).isTrue();
    activities.rollout.awaitRollout(service);
    activities.pods.awaitStable(service);
    activities.pods.checkLogs(service);
    activities.pods.awaitEndpoints(service);
    activities.pods.awaitHealthy(service);
    activities.rollout.watchKept(service);
    activities.rollout.scaleToZero(service);
    activities.rollout.scaleBack(service);
    activities.rollout.awaitRollout(service);
    activities.rollout.stopAfterFailure(service);
  }

  @Test
  void the_cluster_takes_the_manifests_that_we_ship_as_they_are_written() throws IOException {
    shop = new KubernetesShop();
    activities = new KubernetesActivities(folder, shop.environment().build());
    for (String name : List.of("role.yaml", "worker.yaml", "nodes.yaml")) {
      Path file = SHIPPED.resolveSibling(name);
      String there =
          Files.readString(file).replaceAll("namespace: \\w+", "namespace: " + shop.namespace());
      List<HasMetadata> objects =
          shop.client().load(new ByteArrayInputStream(there.getBytes(UTF_8))).items();

      assertThat(objects).hasSizeGreaterThan(1);
      for (HasMetadata each : objects) {
        HasMetadata taken =
            shop.client()
                .resource(each)
                .dryRun()
                .fieldValidation(FieldValidateable.Validation.STRICT)
                .create();
        assertThat(taken.getKind()).isEqualTo(each.getKind());
      }
    }
  }

  private static Set<String> granted(Role role) {
    return role.getRules().stream()
        .flatMap(
            rule -> rule.getVerbs().stream().map(verb -> verb + " " + rule.getResources().get(0)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What the worker did in the namespace, in the words of roles. */
  private static Set<String> asked(List<String> requests) {
    Pattern request =
        Pattern.compile(
            "(?<method>\\w+) /apis?/[^ ?]*/namespaces/[^/]+/(?<resource>\\w+)(?<name>/[^/ ?]+)?(?<sub>/\\w+)?(?<rest>.*)");
    return requests.stream()
        .map(request::matcher)
        .filter(Matcher::matches)
        .map(
            line ->
                verb(line) + " " + line.group("resource") + Objects.toString(line.group("sub"), ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String verb(Matcher line) {
    return switch (line.group("method")) {
      case "GET" ->
          line.group("rest").contains("watch=true")
              ? "watch"
              : line.group("name") == null ? "list" : "get";
      default -> line.group("method").toLowerCase(Locale.ROOT);
    };
  }

  @ParameterizedTest
  @EnumSource(names = {"STATEFULSET", "DAEMONSET"})
  void the_role_that_preflight_prints_is_enough_for_the_others(Workload kind) throws Exception {
    open(kind, 1);
    shop.rollOut(Release.good()).begin(BAD, 1);
    Plan without = activities.plan(null);
    String words = KubernetesActivities.of(without, Level.BLOCKER, "permissions").get(0);
    String unseen = KubernetesActivities.of(without, Level.WARNING, "permissions").get(0);
    Role printed = role(words.substring(words.indexOf("apiVersion:")));
    assertThat(granted(printed))
        .as("all at once")
        .allMatch(right -> (words + unseen).matches("(?s).* " + right + "(,| in ).*"));
    account.grant(printed);

    PinnedService service = clean().pinned();
    activities.rollout.undo(service, "hana", null);
    activities.rollout.awaitRollout(service);
    activities.pods.awaitStable(service);
    activities.rollout.stopAfterFailure(service);

    assertThat(without.pinned()).isNull();
    assertThat(shop.release()).isEqualTo("good");
  }

  @Test
  void whether_nodes_have_room_is_seen_with_the_cluster_role_that_is_optional() throws Exception {
    open(Workload.DEPLOYMENT, 1);
    shop.rollOut(Release.good()).begin(BAD, 1);
    account.grant(shipped());
    assertThat(KubernetesActivities.of(clean(), Level.WARNING, "capacity"))
        .singleElement()
        .asString()
        .startsWith(NODES_UNSEEN);

    List<HasMetadata> granted = account.grantNodes();
    try {
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(KubernetesActivities.of(activities.plan(null), Level.OK, "capacity"))
                      .singleElement()
                      .asString()
                      .contains("1 pod(s) of the target fit", "and the nodes"));
    } finally {
      granted.forEach(each -> shop.client().resource(each).delete());
    }
  }

  /** A verb that nobody misses would not have to be granted. */
  @ParameterizedTest
  @CsvSource({"DEPLOYMENT, 16", "STATEFULSET, 17"})
  void preflight_blocks_on_each_verb_that_is_taken_away_and_names_it(Workload kind, int verbs)
      throws Exception {
    open(kind, 0);
    shop.rollOut(Release.good()).begin(BAD, 0);
    ClusterPermissions permissions = new ClusterPermissions(activities.environment.get());
    Role whole = role(permissions.role());
    Set<String> useful =
        permissions.useful().stream()
            .map(ClusterPermissions.Rule::resource)
            .collect(Collectors.toSet());
    account.grant(whole);
    int taken = 0;
    for (int i = 0; i < whole.getRules().size(); i++) {
      String resource = whole.getRules().get(i).getResources().get(0);
      for (String verb : whole.getRules().get(i).getVerbs()) {
        shop.client().resource(without(whole, i, verb)).update();
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(activities.plan(null).findings())
                        .filteredOn(finding -> finding.check().equals("permissions"))
                        .filteredOn(finding -> finding.level() != Level.OK)
                        .singleElement()
                        .satisfies(
                            finding -> {
                              assertThat(finding.message())
                                  .contains("the worker may not " + verb + " " + resource + " in");
                              assertThat(finding.blocks()).isNotEqualTo(useful.contains(resource));
                            }));
        taken++;
      }
    }
    assertThat(taken).isEqualTo(verbs);
  }

  @Test
  void what_an_api_server_denies_that_is_not_ready_yet_is_asked_again() throws Exception {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(BAD, 0);
    try (ApiProxy proxy = new ApiProxy(account.kubeconfig())) {
      activities.environment.set(shop.environment().kubeconfig(proxy.kubeconfig(folder)).build());
      proxy.next("GET /version", Fault.FORBIDDEN).each("GET /readyz", Fault.ERROR);
      CompletableFuture<Plan> planned =
          CompletableFuture.supplyAsync(
              () -> activities.plan(null), task -> new Thread(task).start());
      await().atMost(Duration.ofSeconds(30)).until(() -> proxy.seen("GET /readyz") > 0);
      account.grant(account.shipped());

      assertThat(planned.get(60, TimeUnit.SECONDS).findings()).noneMatch(Finding::blocks);
    }
  }

  @Test
  void what_is_taken_away_after_the_plan_ends_the_step_with_words() throws Exception {
    open(Workload.DEPLOYMENT, 0);
    shop.rollOut(Release.good()).begin(BAD, 0);
    Role whole = shipped();
    account.grant(whole);
    PinnedService service = clean().pinned();
    int patch =
        whole
            .getRules()
            .indexOf(
                whole.getRules().stream()
                    .filter(rule -> rule.getVerbs().contains("patch"))
                    .findFirst()
                    .orElseThrow());
    shop.client().resource(without(whole, patch, "patch")).update();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> activities.plan(null).findings().stream().anyMatch(Finding::blocks));

    assertThatThrownBy(() -> activities.rollout.undo(service, "hana", null))
        .as("to an API server that has just started, all is forbidden")
        .cause()
        .satisfies(cause -> assertThat(((ApplicationFailure) cause).isNonRetryable()).isFalse());
    activities.attempt.set(3);
    assertThatThrownBy(() -> activities.rollout.undo(service, "hana", null))
        .hasCauseInstanceOf(ApplicationFailure.class)
        .cause()
        .satisfies(
            cause -> {
              ApplicationFailure failure = (ApplicationFailure) cause;
              assertThat(failure.getType()).isEqualTo("PermissionDenied");
              assertThat(failure.isNonRetryable()).isTrue();
              assertThat(failure.getOriginalMessage()).contains("cannot patch resource");
            });
    assertThat(shop.release()).isEqualTo(BAD.name());
  }

  /**
   * Once the API server has seen the Role; none but of the reason, of a count of 0 and of nodes
   * that nobody looked at is warned.
   */
  private Plan clean() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(activities.plan(null).findings())
                    .filteredOn(finding -> finding.level() != Level.OK)
                    .allMatch(
                        finding ->
                            List.of("reason", "replicas").contains(finding.check())
                                || finding.message().startsWith(NODES_UNSEEN)));
    return activities.plan(null);
  }

  private static Role without(Role role, int rule, String verb) {
    Role less = new RoleBuilder(role).build();
    List<String> verbs = new ArrayList<>(less.getRules().get(rule).getVerbs());
    verbs.remove(verb);
    if (verbs.isEmpty()) {
      List<PolicyRule> rules = new ArrayList<>(less.getRules());
      rules.remove(rule);
      less.setRules(rules);
    } else {
      less.getRules().get(rule).setVerbs(verbs);
    }
    return less;
  }

  private Role role(String yaml) {
    return shop.client().getKubernetesSerialization().unmarshal(yaml, Role.class);
  }

  private Role shipped() throws IOException {
    assertThat(
            Files.readString(SHIPPED).replaceAll("namespace: .*", "namespace: " + shop.namespace()))
        .contains(new ClusterPermissions(activities.environment.get()).role());
    return account.shipped();
  }
}
