package dev.rollbook.local;

import static dev.rollbook.local.Shop.failsAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(90)
class DetachedJobTest {

  @TempDir Path folder;
  private Shop shop;
  private DetachedJob job;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder);
    job = new DetachedJob(folder.resolve("plan/start"), shop.machine);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  /** A small worker: starts the service as a job, and then stays until it is ended. */
  public static final class SmallWorker {
    private SmallWorker() {}

    public static void main(String[] arguments) throws Exception {
      List<String> argv = List.of(arguments).subList(2, arguments.length);
      new DetachedJob(Path.of(arguments[0]), new MachineProcesses())
          .startOnce(new Command(argv, Path.of(arguments[1]), Duration.ofMinutes(1)), Map.of());
      System.in.read();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_service_outlives_the_jvm_that_started_it(boolean killed) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Shop.JAVA,
                "-cp",
                System.getProperty("java.class.path"),
                SmallWorker.class.getName(),
                job.folder().toString(),
                shop.repository.toString()));
    command.addAll(shop.service("-"));
    Process worker = shop.run(command);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> shop.machine.listeners(shop.port).size() == 1);
    long service = shop.machine.listeners(shop.port).get(0).process().orElseThrow().pid();
    assertThat(group(service)).isNotEmpty().isNotEqualTo(group(worker.pid()));

    if (killed) {
      worker.destroyForcibly();
    } else {
      worker.getOutputStream().close();
    }
    assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(job.state()).isEqualTo(DetachedJob.State.RUNNING);
    assertThat(shop.machine.answers(shop.port)).isTrue();
    assertThat(job.owns(service)).isTrue();
    job.processes().forEach(ProcessHandle::destroyForcibly);
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() != DetachedJob.State.RUNNING);
  }

  @Test
  void whoever_starts_it_at_the_same_time_it_runs_once() throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(6);
    try {
      List<Future<?>> starts = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        starts.add(
            workers.submit(
                () -> {
                  start("echo once >>once; sleep 0.5");
                  return null;
                }));
      }
      for (Future<?> start : starts) {
        start.get(30, TimeUnit.SECONDS);
      }
    } finally {
      workers.shutdownNow();
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() == DetachedJob.State.ENDED);
    assertThat(shop.text("once")).isEqualTo("once\n");
  }

  /** As on macOS. */
  @Test
  void without_setsid_it_has_a_process_group_of_its_own_too() throws Exception {
    Path programs = Files.createDirectory(folder.resolve("programs"));
    for (String program : List.of("sh", "bash", "mv", "sleep")) {
      Files.createSymbolicLink(programs.resolve(program), Path.of("/bin", program));
    }
    start("sleep 1000", Map.of("PATH", new Secret(programs.toString(), Map.of())));
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() == DetachedJob.State.RUNNING);
    Path pid = job.folder().resolve("pid");
    await().atMost(Duration.ofSeconds(30)).until(() -> !Files.readString(pid).isBlank());
    String leader = Files.readString(pid).strip();

    assertThat(group(Long.parseLong(leader)))
        .isEqualTo(leader)
        .isNotEqualTo(group(ProcessHandle.current().pid()));
    job.processes().forEach(ProcessHandle::destroyForcibly);
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() == DetachedJob.State.LOST);
  }

  @Test
  void its_exit_code_and_output_are_kept() throws IOException {
    start("echo out; echo err >&2; exit 42");
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() == DetachedJob.State.ENDED);
    assertThat(job.exitCode()).hasValue(42);
    assertThat(job.output()).hasContent("out\nerr");
    job.putAside();
    assertThat(job.state()).isEqualTo(DetachedJob.State.NOT_STARTED);
    assertThat(folder.resolve("plan/start.1/output.log")).exists();
  }

  @Test
  void a_fence_that_comes_between_check_and_start_stops_it() throws IOException {
    Files.createDirectories(job.folder());
    Files.writeString(job.folder().resolveSibling("stopped"), "");
    failsAs("Stopped", () -> start("touch ran"));
    assertThat(shop.repository.resolve("ran")).doesNotExist();
  }

  @Test
  void a_claim_that_a_power_cut_left_empty_counts_as_lost() throws IOException {
    Files.createDirectories(job.folder());
    Path claim = Files.createFile(job.folder().resolve("pid"));
    assertThat(job.state()).isEqualTo(DetachedJob.State.RUNNING);
    Files.setLastModifiedTime(claim, FileTime.from(Instant.now().minusSeconds(60)));
    assertThat(job.state()).isEqualTo(DetachedJob.State.LOST);
  }

  @Test
  void catalog_variables_arrive_and_rollbooks_own_do_not() {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "PATH", "/bin",
                "TEMPORAL_API_KEY", "secret",
                "ROLLBOOK_CATALOG", "x",
                "GIT_DIR", "/elsewhere",
                "SPRING_PROFILES_ACTIVE", "worker's"));
    ServiceVariables.apply(
        environment,
        Map.of(
            "SPRING_PROFILES_ACTIVE", new Secret("local", Map.of()),
            "TOKEN", new Secret("${env:T}", Map.of("T", "$1 \\ \"'"))));
    assertThat(environment)
        .containsOnly(
            Map.entry("PATH", "/bin"),
            Map.entry("SPRING_PROFILES_ACTIVE", "local"),
            Map.entry("TOKEN", "$1 \\ \"'"));
  }

  @Test
  void a_variable_with_any_character_reaches_the_process_as_it_is() throws IOException {
    String odd = "a b\n$HOME `id` \"'\\";
    job.startOnce(
        new Command(
            List.of("sh", "-c", "printf %s \"$ODD\""), shop.repository, Duration.ofMinutes(1)),
        Map.of("ODD", new Secret(odd, Map.of())));
    await().atMost(Duration.ofSeconds(30)).until(() -> job.state() == DetachedJob.State.ENDED);
    assertThat(Files.readString(job.output())).isEqualTo(odd);
  }

  private void start(String script) throws IOException {
    start(script, Map.of());
  }

  private void start(String script, Map<String, Secret> variables) throws IOException {
    job.startOnce(
        new Command(List.of("sh", "-c", script), shop.repository, Duration.ofMinutes(1)),
        variables);
  }

  /** A group of its own: Ctrl-C at the worker's terminal does not reach it. */
  private String group(long pid) throws Exception {
    Process ps =
        new ProcessBuilder("ps", "-o", "pgid=", "-p", String.valueOf(pid))
            .redirectOutput(folder.resolve("group").toFile())
            .start();
    assertThat(ps.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return Files.readString(folder.resolve("group")).strip();
  }
}
