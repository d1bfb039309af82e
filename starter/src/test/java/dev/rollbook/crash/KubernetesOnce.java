package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Outcome;
import dev.rollbook.Run;
import dev.rollbook.kubernetes.ProductionShop;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** What must hold after a rollback of a Deployment, however often it was cut off on the way. */
final class KubernetesOnce {

  private KubernetesOnce() {}

  static void rolledBack(ProductionShop shop, WorkloadWatch watch, Run run) throws IOException {
    assertThat(run.outcome()).as(String.valueOf(run.reason())).isEqualTo(Outcome.ROLLED_BACK);
    done(shop, watch, run);
    assertThat(now(shop).getSpec().getReplicas()).isEqualTo(ProductionShop.REPLICAS);
    assertThat(own(shop)).doesNotContainKeys("rollbook.dev/replicas", "rollbook.dev/stopped-by");
    List<Pod> pods = shop.cluster().pods();
    assertThat(pods).hasSize(ProductionShop.REPLICAS);
    assertThat(names(pods)).isEqualTo(names(shop.cluster().pods(shop.target())));
    assertThat(pods)
        .allSatisfy(
            pod ->
                assertThat(pod.getStatus().getContainerStatuses())
                    .allSatisfy(status -> assertThat(status.getRestartCount()).isZero()));
  }

  static void stopped(ProductionShop shop, WorkloadWatch watch, Run run) throws IOException {
    assertThat(run.outcome()).as(String.valueOf(run.reason())).isEqualTo(Outcome.STOPPED);
    done(shop, watch, run);
    assertThat(watch.wanted()).as("pods wanted").containsExactly(ProductionShop.REPLICAS, 0);
    assertThat(own(shop))
        .containsEntry("rollbook.dev/replicas", String.valueOf(ProductionShop.REPLICAS))
        .containsEntry("rollbook.dev/stopped-by", run.plan().pinned().planId());
    assertThat(shop.cluster().pods()).isEmpty();
  }

  /** One change of the template, to the target's; no revision made anew; one report. */
  private static void done(ProductionShop shop, WorkloadWatch watch, Run run) throws IOException {
    String target = shop.target().name();
    assertThat(run.target().id())
        .isEqualTo(shop.cluster().revision(shop.target()).getMetadata().getUid());
    Awaitility.await("the watch to have seen the newest")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              Deployment newest = now(shop);
              return watch.happened(seen -> isSame(seen, newest));
            });
    assertThat(watch.releases())
        .as("releases in the template")
        .containsExactly(ProductionShop.BAD.name(), target);
    assertThat(own(shop)).containsEntry("rollbook.dev/run", run.plan().pinned().planId());
    assertThat(
            shop.cluster()
                .client()
                .apps()
                .replicaSets()
                .inNamespace(shop.cluster().namespace())
                .list()
                .getItems())
        .as("revisions")
        .hasSize(2);
    assertThat(files(shop.folder(), "TS-", ".md")).as("incident reports").hasSize(1);
    assertThat(files(shop.folder(), "", ".part")).as("half-written files").isEmpty();
    assertThat(files(shop.folder(), "evidence", ".txt")).as("evidence").hasSize(1);
  }

  /** What else is told of a pod may change from one look to the next. */
  private static List<String> names(List<Pod> pods) {
    return pods.stream().map(pod -> pod.getMetadata().getName()).toList();
  }

  private static boolean isSame(Deployment seen, Deployment now) {
    return seen.getMetadata().getResourceVersion().equals(now.getMetadata().getResourceVersion());
  }

  private static Deployment now(ProductionShop shop) {
    return (Deployment) shop.cluster().workload();
  }

  private static Map<String, String> own(ProductionShop shop) {
    return WorkloadWatch.annotations(now(shop));
  }

  private static List<Path> files(Path folder, String start, String end) throws IOException {
    return Once.filesIn(folder)
        .filter(file -> file.getFileName().toString().startsWith(start))
        .filter(file -> file.getFileName().toString().endsWith(end))
        .toList();
  }
}
