package dev.rollbook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.SearchAttributes;
import dev.rollbook.TemporalConnection;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Alone in its process: nobody else may listen meanwhile. */
@Isolated
@Timeout(180)
class InProcessEngineTest {

  @TempDir Path state;

  @Test
  void runs_a_workflow_in_real_time_without_opening_a_port() throws Exception {
    Set<String> before = Listeners.of(ProcessHandle.current().pid());
    List<String> said = new ArrayList<>();
    long began = System.nanoTime();
    Engine engine = Engines.open(state, nothing(), said::add);
    System.out.printf("in-process engine: start after %d ms%n", millisSince(began));
    WorkflowClient client = TemporalConnection.client(engine.service(), engine.namespace());
    WorkerFactory workers = WorkerFactory.newInstance(client);
    try {
      workers.newWorker("greetings").registerWorkflowImplementationTypes(SleepyGreeting.class);
      workers.start();
      Greeting greeting =
          client.newWorkflowStub(
              Greeting.class,
              WorkflowOptions.newBuilder()
                  .setTaskQueue("greetings")
                  .setTypedSearchAttributes(
                      io.temporal.common.SearchAttributes.newBuilder()
                          .set(SearchAttributes.SERVICE, "shop")
                          .build())
                  .build());
      long asked = System.nanoTime();

      assertThat(greeting.greet("shop")).isEqualTo("Hello shop");

      assertThat(millisSince(asked)).isGreaterThanOrEqualTo(1000);
      assertThat(before).containsAll(Listeners.of(ProcessHandle.current().pid()));
      assertThat(said).singleElement().asString().startsWith("embedded in-process engine (no");
      assertThat(engine.keepsHistory()).isFalse();
      assertThat(engine.webUi()).isEmpty();
    } finally {
      workers.shutdownNow();
      workers.awaitTermination(5, TimeUnit.SECONDS);
      engine.close();
    }
  }

  @Test
  void a_second_one_in_the_same_directory_is_refused_with_the_pid_of_the_first() {
    Engine first = Engines.open(state, nothing(), line -> {});

    assertThatThrownBy(() -> Engines.open(state, nothing(), line -> {}))
        .hasMessageContaining("Process " + ProcessHandle.current().pid() + " uses the in-process");

    first.close();
    Engines.open(state, nothing(), line -> {}).close();
  }

  private static long millisSince(long nanoTime) {
    return Duration.ofNanos(System.nanoTime() - nanoTime).toMillis();
  }

  private static Map<String, String> nothing() {
    return Map.of("PATH", "/nowhere", "TEMPORAL_CONFIG_FILE", "/dev/null");
  }

  @WorkflowInterface
  public interface Greeting {
    @WorkflowMethod
    String greet(String name);
  }

  public static class SleepyGreeting implements Greeting {
    @Override
    public String greet(String name) {
      io.temporal.workflow.Workflow.sleep(Duration.ofSeconds(1));
      return "Hello " + name;
    }
  }
}
