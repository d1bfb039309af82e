package dev.rollbook;

import dev.rollbook.decision.Asked;
import dev.rollbook.decision.DecisionPolicy;
import dev.rollbook.decision.Permission;
import dev.rollbook.decision.Shown;
import dev.rollbook.decision.Symptoms;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.failure.ApplicationFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Activities as a small real thing: they say what was asked of them, or fail as told. */
abstract class Recording {

  final List<String> asked = new CopyOnWriteArrayList<>();
  final CountDownLatch waiting = new CountDownLatch(1);
  private final Map<String, ApplicationFailure> failures = new ConcurrentHashMap<>();
  private final Set<String> failsOnce = Collections.synchronizedSet(new HashSet<>());
  String waitsIn = "";
  CatalogEntry.OnFailure onFailure;
  boolean escalates;
  final List<Asked> guarded = Collections.synchronizedList(new ArrayList<>());
  final List<Asked> remembered = Collections.synchronizedList(new ArrayList<>());
  final Set<String> told = ConcurrentHashMap.newKeySet();
  Function<Asked, Permission> permission = question -> new Permission(null, null, null);
  DecisionPolicy decision;
  final List<Severity> looked = Collections.synchronizedList(new ArrayList<>());
  Function<Severity, Symptoms> symptoms =
      severity -> new Symptoms(Shown.UNKNOWN, "nothing", Shown.UNKNOWN, List.of(), 1);
  Symptoms versions = symptoms.apply(Severity.CRITICAL);
  Consumer<String> meanwhile = step -> {};

  final void fails(String step, String type, String message) {
    failures.put(step, ApplicationFailure.newNonRetryableFailure(message, type));
  }

  final void failsOnce(String step, String type, String message) {
    failsOnce.add(step);
    fails(step, type, message);
  }

  final StepReport step(String name) {
    return answer(name, () -> StepReport.done(name + " done", "evidence of " + name, 1));
  }

  public final Permission mayRollBack(Asked question) {
    guarded.add(question);
    return permission.apply(question);
  }

  public final Asked untold(Asked notice) {
    List<String> untold = notice.alerts().stream().filter(each -> !told.contains(each)).toList();
    return new Asked(notice.run(), null, null, null, null, untold, null);
  }

  public final Symptoms look(String service, String environment, Severity severity) {
    looked.add(severity);
    return symptoms.apply(severity);
  }

  public final Symptoms compareVersions(PinnedService service) {
    return versions;
  }

  public final void decided(Asked question) {
    remembered.add(question);
    meanwhile.accept("decided");
  }

  public final Emergency.Pinned pin(String service, String environment, String planId) {
    Version runs = Version.commit("3".repeat(40), "v3");
    return answer(
        "pin",
        () ->
            new Emergency.Pinned(
                new PinnedService(service, environment, planId, runs, runs, null, null, null),
                StepReport.alreadyDone("v3 runs", null, 1)));
  }

  public final StepReport release(String service, String environment, String by, String why) {
    return step("release");
  }

  final <R> R answer(String name, Supplier<R> result) {
    asked.add(name);
    meanwhile.accept(name);
    ApplicationFailure failure =
        failsOnce.contains(name) ? failures.remove(name) : failures.get(name);
    if (failure != null) {
      throw failure;
    }
    if (waitsIn.equals(name)) {
      waitUntilCancelled();
    }
    return result.get();
  }

  private void waitUntilCancelled() {
    ActivityExecutionContext context = Activity.getExecutionContext();
    while (true) {
      context.heartbeat("waiting");
      waiting.countDown();
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
