package dev.rollbook.crash;

import dev.rollbook.kubernetes.KubernetesShop;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** What is written on a shop's Deployment, in the API server's own words, none left out. */
final class WorkloadWatch implements AutoCloseable {

  private static final String RELEASE = "release";

  private final List<Deployment> seen = new CopyOnWriteArrayList<>();
  private final List<Hook> hooks = new CopyOnWriteArrayList<>();
  private final Watch watch;

  private record Hook(Predicate<Deployment> when, Runnable does) {}

  WorkloadWatch(KubernetesShop shop) {
    this.watch =
        shop.client()
            .apps()
            .deployments()
            .inNamespace(shop.namespace())
            .withName(KubernetesShop.NAME)
            .watch(new Seen());
  }

  /** Once, at the next change that is so; {@code when} is false as long as nothing was done. */
  void on(Predicate<Deployment> when, Runnable does) {
    hooks.add(new Hook(when, does));
  }

  boolean happened(Predicate<Deployment> what) {
    return seen.stream().anyMatch(what);
  }

  /** Which releases the template was of, one after the other. */
  List<String> releases() {
    return changes(
        now ->
            now.getSpec().getTemplate().getMetadata().getAnnotations().getOrDefault(RELEASE, "?"));
  }

  /** How many pods were wanted, one after the other. */
  List<Integer> wanted() {
    return changes(now -> now.getSpec().getReplicas());
  }

  private <T> List<T> changes(java.util.function.Function<Deployment, T> what) {
    List<T> changes = new ArrayList<>();
    for (Deployment now : seen) {
      T one = what.apply(now);
      if (changes.isEmpty() || !changes.get(changes.size() - 1).equals(one)) {
        changes.add(one);
      }
    }
    return changes;
  }

  static Map<String, String> annotations(Deployment now) {
    return now.getMetadata().getAnnotations();
  }

  private final class Seen implements Watcher<Deployment> {

    @Override
    public void eventReceived(Action action, Deployment now) {
      seen.add(now);
      for (Hook hook : hooks) {
        if (hook.when().test(now) && hooks.remove(hook)) {
          hook.does().run();
        }
      }
    }

    @Override
    public void onClose(WatcherException cause) {
      // the assertions tell what is missing
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
