package dev.rollbook;

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
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/** Activities as a small real thing: they say what was asked of them, or fail as told. */
abstract class Recording {

  final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  final CountDownLatch waiting = new CountDownLatch(1);
  private final Map<String, ApplicationFailure> failures = new ConcurrentHashMap<>();
  private final Set<String> failsOnce = Collections.synchronizedSet(new HashSet<>());
  String waitsIn = "";

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

  final <R> R answer(String name, Supplier<R> result) {
    asked.add(name);
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
