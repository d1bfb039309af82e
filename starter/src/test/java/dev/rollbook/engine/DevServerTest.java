package dev.rollbook.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.SearchAttributes;
import dev.rollbook.TemporalConnection;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.SearchAttributes.Builder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The dev server's life, with real users: processes that leave, are killed, come again. */
@NeedsTemporal
@Timeout(400)
class DevServerTest {

  @TempDir Path directory;
  private Path state;
  private final List<RunningUser> users = new ArrayList<>();

  @BeforeEach
  void a_directory_with_spaces() {
    state = directory.resolve("my shop's project").resolve(".rollbook");
  }

  @AfterEach
  void nothing_is_left() {
    users.forEach(RunningUser::close);
    awaitGone();
  }

  @Test
  void serves_and_leaves_no_process_and_no_port() throws IOException {
    long began = System.nanoTime();
    Engine engine = open();
    report("start", began);
    long server = pid("engine.pid");
    long watch = pid("engine.watch.pid");
    int port = record().port();

    assertThat(engine.describe())
        .isEqualTo(
            "embedded Temporal dev server at 127.0.0.1:%d, state in %s/temporal.db, Web UI %s",
            port, state.toRealPath(), engine.webUi().orElseThrow());
    assertThat(engine.keepsHistory()).isTrue();
    assertThat(DevServerCommand.accepts(engine.webUi().orElseThrow().getPort())).isTrue();
    assertThat(state.resolve(".gitignore")).hasContent("*");

    long left = System.nanoTime();
    engine.close();
    report("close", left);
    assertThat(isAlive(server)).isFalse();
    assertThat(isAlive(watch)).isFalse();
    assertThat(DevServerCommand.accepts(port)).isFalse();
    assertThat(state.resolve("engine.json")).doesNotExist();
    assertThat(state.resolve("engine.fifo")).doesNotExist();
  }

  @Test
  void listens_on_the_loopback_address_only() throws IOException {
    Engine engine = open();
    try {
      Set<String> addresses = Listeners.of(pid("engine.pid"));

      assertThat(addresses).hasSizeGreaterThanOrEqualTo(2).allMatch(this::isLoopback);
    } finally {
      engine.close();
    }
  }

  @Test
  void neither_the_server_nor_its_keeper_holds_the_write_end() throws IOException {
    Engine engine = open();
    try {
      awaitHolders(holders -> assertThat(holders).containsExactly(ProcessHandle.current().pid()));
    } finally {
      engine.close();
    }
  }

  @Test
  void is_gone_soon_after_its_user_was_killed() throws Exception {
    RunningUser user = user();
    long server = pid("engine.pid");

    long killed = System.nanoTime();
    user.killed();

    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !isAlive(server));
    report("gone after kill -9 of its user", killed);
  }

  @Test
  void stays_until_the_second_user_has_left() throws Exception {
    RunningUser first = user();
    long joining = System.nanoTime();
    RunningUser second = user();
    report("second user joined (with its JVM's start)", joining);
    long server = pid("engine.pid");

    assertThat(first.described()).doesNotContain("used again");
    assertThat(second.described()).contains("(found running, used again)");
    first.leave();
    assertThat(isAlive(server)).isTrue();
    assertThat(DevServerCommand.accepts(record().port())).isTrue();

    second.leave();
    assertThat(isAlive(server)).isFalse();
  }

  @Test
  void four_users_that_come_at_once_share_one_server() throws Exception {
    List<Thread> coming = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  RunningUser user = RunningUser.start(state);
                  synchronized (users) {
                    users.add(user);
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      coming.add(thread);
      thread.start();
    }
    for (Thread thread : coming) {
      thread.join();
    }

    assertThat(users).hasSize(4);
    assertThat(users).filteredOn(user -> user.described().contains("used again")).hasSize(3);
    awaitHolders(holders -> assertThat(holders).hasSize(4));
  }

  @Test
  void one_that_comes_while_the_last_one_leaves_gets_a_server_that_stays() throws Exception {
    for (int i = 0; i < 3; i++) {
      RunningUser leaving = user();
      leaving.killed();
      Engine engine = open();
      try {
        client(engine).fetchHistory("rollbook-was-here-" + i);
      } catch (io.grpc.StatusRuntimeException e) {
        assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.NOT_FOUND);
      } finally {
        engine.close();
      }
    }
  }

  @Test
  void comes_back_at_the_same_address_with_its_runs_when_it_is_killed() throws IOException {
    Engine engine = open();
    try {
      String id = startAWorkflow(engine);
      int port = record().port();
      long server = pid("engine.pid");

      for (int time = 0; time < 2; time++) {
        long before = pid("engine.pid");
        long killed = System.nanoTime();
        ProcessHandle.of(before).orElseThrow().destroyForcibly();
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> pid("engine.pid") != before && DevServerCommand.accepts(port));
        report("back after kill -9", killed);
        assertThat(historyOf(engine, id)).isPositive();
      }
      assertThat(record().port()).isEqualTo(port);
      assertThat(pid("engine.pid")).isNotEqualTo(server);
    } finally {
      engine.close();
    }
  }

  @Test
  void a_later_server_still_has_the_runs_of_the_one_before() throws IOException {
    Engine before = open();
    String id = startAWorkflow(before);
    before.close();

    Engine after = open();
    try {
      assertThat(historyOf(after, id)).isPositive();
    } finally {
      after.close();
    }
  }

  @Test
  void is_found_and_used_again_when_its_keeper_was_killed_and_ends_all_the_same() throws Exception {
    RunningUser first = user();
    long server = pid("engine.pid");
    long watch = pid("engine.watch.pid");
    ProcessHandle serve = ProcessHandle.of(watch).orElseThrow().parent().orElseThrow();
    serve.destroyForcibly();
    ProcessHandle.of(watch).orElseThrow().destroyForcibly();
    first.killed();
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !isAlive(watch));

    RunningUser second = user();
    assertThat(second.described()).contains("(found running, used again)");
    assertThat(pid("engine.pid")).isEqualTo(server);

    second.killed();
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !isAlive(server));
  }

  @Test
  void is_started_anew_when_both_it_and_its_keeper_were_killed() throws Exception {
    Engine first = open();
    String id = startAWorkflow(first);
    long server = pid("engine.pid");
    long watch = pid("engine.watch.pid");
    ProcessHandle.of(watch).orElseThrow().parent().orElseThrow().destroyForcibly();
    ProcessHandle.of(watch).orElseThrow().destroyForcibly();
    ProcessHandle.of(server).orElseThrow().destroyForcibly();
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !isAlive(server));
    first.close();

    Engine second = open();
    try {
      assertThat(second.describe()).doesNotContain("used again");
      assertThat(historyOf(second, id)).isPositive();
    } finally {
      second.close();
    }
  }

  @Test
  void ctrl_c_at_the_terminal_of_one_user_does_not_reach_it() throws Exception {
    RunningUser first = user();
    RunningUser second = user();
    long server = pid("engine.pid");

    // What a terminal does: SIGINT to the whole foreground process group.
    Process kill =
        new ProcessBuilder("kill", "-INT", "--", "-" + first.process().pid()).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
    assertThat(first.process().waitFor(60, TimeUnit.SECONDS)).isTrue();

    assertThat(isAlive(server)).isTrue();
    assertThat(pid("engine.pid")).isEqualTo(server);
    second.leave();
    assertThat(isAlive(server)).isFalse();
  }

  @Test
  void runs_can_carry_every_search_attribute_at_once() throws IOException {
    Engine engine = open();
    try {
      startWithEverySearchAttribute(engine);
    } finally {
      engine.close();
    }
  }

  private static void startWithEverySearchAttribute(Engine engine) {
    Builder all = io.temporal.common.SearchAttributes.newBuilder();
    SearchAttributes.all().forEach(key -> all.set(key, "a"));
    WorkflowStub workflow =
        client(engine)
            .newUntypedWorkflowStub(
                "Nobody",
                WorkflowOptions.newBuilder()
                    .setTaskQueue("nobody")
                    .setTypedSearchAttributes(all.build())
                    .build());
    assertThat(historyOf(engine, workflow.start().getWorkflowId())).isPositive();
  }

  @Test
  void a_namespace_that_does_not_exist_is_named() throws IOException {
    Engine engine = open();
    try {
      assertThatThrownBy(() -> configured("nowhere"))
          .hasMessageContaining("there is no namespace nowhere")
          .hasMessageContaining("temporal operator namespace create --namespace nowhere");
    } finally {
      engine.close();
    }
  }

  @Test
  void a_namespace_of_a_configured_server_gets_its_search_attributes_when_they_are_missing()
      throws Exception {
    Engine engine = open();
    try {
      Process create =
          new ProcessBuilder(
                  "temporal",
                  "operator",
                  "namespace",
                  "create",
                  "--address",
                  "127.0.0.1:" + record().port(),
                  "--namespace",
                  "shop")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(create.waitFor()).isZero();

      Engine shop =
          Awaitility.await()
              .atMost(Duration.ofSeconds(60))
              .ignoreExceptions()
              .until(() -> configured("shop"), opened -> true);
      try {
        assertThat(shop.describe())
            .isEqualTo(
                "Temporal at 127.0.0.1:%d, namespace shop, profile default", record().port());
        startWithEverySearchAttribute(shop);
      } finally {
        shop.close();
      }
    } finally {
      engine.close();
    }
  }

  private Engine configured(String namespace) {
    return Engines.open(
        state,
        Map.of(
            "TEMPORAL_CONFIG_FILE",
            "/dev/null",
            "TEMPORAL_ADDRESS",
            "127.0.0.1:" + record().port(),
            "TEMPORAL_NAMESPACE",
            namespace),
        line -> {});
  }

  @Test
  void a_file_that_is_no_database_is_told_with_the_end_of_the_log() throws IOException {
    Files.createDirectories(state);
    Files.writeString(state.resolve("temporal.db"), "garbage");

    assertThatThrownBy(this::open)
        .hasMessageContaining("did not start")
        .hasMessageContaining("file is not a database")
        .hasMessageContaining("temporal.db");
  }

  private Engine open() {
    return Engines.open(
        state,
        Map.of("PATH", System.getenv("PATH"), "TEMPORAL_CONFIG_FILE", "/dev/null"),
        line -> {});
  }

  private RunningUser user() throws IOException {
    RunningUser user = RunningUser.start(state);
    users.add(user);
    return user;
  }

  private static WorkflowClient client(Engine engine) {
    return TemporalConnection.client(engine.service(), engine.namespace());
  }

  private static String startAWorkflow(Engine engine) {
    WorkflowStub workflow =
        client(engine)
            .newUntypedWorkflowStub(
                "Nobody", WorkflowOptions.newBuilder().setTaskQueue("nobody").build());
    return workflow.start().getWorkflowId();
  }

  private static int historyOf(Engine engine, String id) {
    return client(engine).fetchHistory(id).getEvents().size();
  }

  private DevServerRecord record() {
    return DevServerRecord.read(state.resolve("engine.json")).orElseThrow();
  }

  private long pid(String file) throws IOException {
    return Long.parseLong(Files.readString(state.resolve(file)).strip());
  }

  private boolean isLoopback(String address) {
    return address.startsWith(Listeners.LOOPBACK);
  }

  /** A child of this process has all its files until it begins with its own program. */
  private void awaitHolders(Consumer<List<Long>> asExpected) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> asExpected.accept(holdersOfWriteEnd()));
  }

  private List<Long> holdersOfWriteEnd() throws IOException {
    Path fifo = state.toRealPath().resolve("engine.fifo");
    List<Long> holders = new ArrayList<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      Path descriptors = Path.of("/proc/" + process.pid() + "/fd");
      if (!Files.isReadable(descriptors)) {
        continue;
      }
      try (var each = Files.list(descriptors)) {
        each.filter(descriptor -> isOpenForWriting(descriptor, fifo))
            .forEach(descriptor -> holders.add(process.pid()));
      } catch (IOException | UncheckedIOException e) {
        continue; // It has ended meanwhile.
      }
    }
    return holders;
  }

  private static boolean isOpenForWriting(Path descriptor, Path file) {
    try {
      Path info = descriptor.resolveSibling("../fdinfo").resolve(descriptor.getFileName());
      return Files.readSymbolicLink(descriptor).equals(file)
          && Files.readString(info).contains("02\n");
    } catch (IOException e) {
      return false; // It was closed meanwhile.
    }
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).filter(p -> p.info().arguments().isPresent()).isPresent();
  }

  private void awaitGone() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                ProcessHandle.allProcesses()
                    .flatMap(process -> process.info().commandLine().stream())
                    .noneMatch(line -> line.contains(state.toString())));
  }

  private static void report(String what, long since) {
    System.out.printf(
        "dev server: %s after %d ms%n",
        what, Duration.ofNanos(System.nanoTime() - since).toMillis());
  }
}
