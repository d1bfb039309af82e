package dev.rollbook.compose;

import static dev.rollbook.compose.LabelledContainers.docker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollbook.PinnedService;
import dev.rollbook.Secret;
import dev.rollbook.Version;
import dev.rollbook.local.Command;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.local.PlanFolder;
import io.temporal.client.ActivityCanceledException;
import io.temporal.client.ActivityWorkerShutdownException;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@NeedsDocker
@Timeout(120)
class ImageBuildTest {

  @TempDir Path folder;
  private final LabelledContainers shop = new LabelledContainers();
  private final MachineProcesses machine = new MachineProcesses();
  private Path repository;
  private Path state;
  private String image;
  private Duration within = Duration.ofSeconds(60);

  @BeforeEach
  void release() throws IOException {
    folder = folder.toRealPath();
    repository = Files.createDirectories(folder.resolve("repository"));
    state = folder.resolve("state");
    image = "built-" + shop.project + ":latest";
    shop.variables = Map.of("DOCKER_BUILDKIT", new Secret("0", Map.of()));
    Path empty = Files.createDirectories(folder.resolve("base"));
    Files.writeString(
        empty.resolve("Dockerfile"),
        "FROM rollbook.local/busybox:1\nLABEL base-of=" + shop.project + "\n");
    docker("build", "--no-cache", "--quiet", "--tag", base(), empty.toString());
    git("init", "--quiet", "--initial-branch=main");
    git("config", "user.name", "Test");
    git("config", "user.email", "test@localhost");
    write("release.txt", "v1");
    write(
        "Dockerfile", "FROM %s\nLABEL of=%s\nCOPY release.txt /\n".formatted(base(), shop.project));
    script("docker build --quiet --tag " + image + " .");
    commit("v1");
    write("release.txt", "v2");
    commit("v2");
  }

  @AfterEach
  void close() throws IOException {
    for (String name :
        List.of(image, shop.rollbackTag(), "other-" + shop.project + ":latest", base())) {
      if (exists(name)) {
        docker("rmi", "--force", name);
      }
    }
    for (String id :
        docker("images", "-q", "--filter", "label=of=" + shop.project).lines().toList()) {
      docker("rmi", "--force", id);
    }
    shop.close();
  }

  @Test
  void the_pinned_commit_is_built_and_its_image_has_the_rollback_tag() throws IOException {
    ComposeImages.Built built = build();

    assertThat(git("rev-parse", "HEAD")).isEqualTo(git("rev-parse", "v1"));
    assertThat(built.image().kind()).isEqualTo(Version.Kind.IMAGE);
    assertThat(built.image().id()).isEqualTo(id(image)).isEqualTo(id(shop.rollbackTag()));
    assertThat(built.image().label()).contains(image).contains("v1");
    assertThat(docker("run", "--rm", built.image().id(), "cat", "/release.txt")).isEqualTo("v1");
    assertThat(built.report().changed()).isTrue();
    assertThat(built.report().evidence()).contains("'./build.sh'").contains(built.image().id());
  }

  @Test
  void run_twice_is_once_even_when_the_image_moved_meanwhile() throws IOException {
    String first = build().image().id();
    docker("tag", first, "other-" + shop.project + ":latest");
    docker("tag", LabelledContainers.IMAGE, image);
    docker("rmi", shop.rollbackTag(), "--no-prune");

    ComposeImages.Built again = build();
    assertThat(again.image().id()).isEqualTo(first).isEqualTo(id(shop.rollbackTag()));
    assertThat(again.report().changed()).isFalse();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void an_image_that_was_built_and_removed_since_is_not_promised() throws IOException {
    build();
    docker("rmi", "--force", image, shop.rollbackTag());
    failsAs("BuildFailed").hasMessageContaining("is gone by now");
  }

  @Test
  void an_image_that_the_cache_had_already_counts_as_built() throws IOException {
    docker("build", "--quiet", "--tag", image, context("v1").toString());
    String before = id(image);
    assertThat(build().image().id()).isEqualTo(before);
  }

  @Test
  void a_build_under_way_is_watched_and_not_repeated() throws IOException {
    builds(
        "touch ../under-way; while [ ! -e ../go ]; do sleep 0.05; done; docker build --quiet --tag "
            + image
            + " .");
    shop.onBeat =
        () -> {
          if (Files.exists(folder.resolve("under-way"))) {
            throw new ActivityWorkerShutdownException();
          }
        };
    assertThatThrownBy(this::build).isInstanceOf(ActivityWorkerShutdownException.class);

    shop.onBeat = () -> touch("go");
    assertThat(build().image().id()).isEqualTo(id(shop.rollbackTag()));
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void a_cancelled_build_leaves_no_process_and_no_tag() throws IOException {
    builds("setsid sleep 1000 & touch ../under-way; sleep 1001");
    shop.onBeat =
        () -> {
          if (Files.exists(folder.resolve("under-way"))) {
            throw new ActivityCanceledException();
          }
        };
    assertThatThrownBy(this::build).isInstanceOf(ActivityCanceledException.class);
    await().atMost(Duration.ofSeconds(30)).until(() -> running().isEmpty());
    assertThat(exists(shop.rollbackTag())).isFalse();
  }

  @Test
  void a_build_that_fails_says_how_with_its_last_lines() throws IOException {
    builds("echo no such class; exit 7");
    failsAs("BuildFailed")
        .hasMessageContaining("'./build.sh' exited 7")
        .hasMessageContaining("no such class");
  }

  @Test
  void a_build_that_takes_too_long_is_ended() throws IOException {
    within = Duration.ofSeconds(1);
    builds("sleep 1002");
    failsAs("BuildTimedOut").hasMessageContaining("ran longer than 1 s");
    assertThat(running()).isEmpty();
  }

  @Test
  void a_build_that_makes_nothing_is_no_build() throws IOException {
    builds("exit 0");
    failsAs("BuildFailed").hasMessageContaining("there is no image " + image + " after it");
  }

  @Test
  void a_build_that_makes_another_image_than_the_catalog_says_is_none() throws IOException {
    docker("build", "--quiet", "--tag", image, context("v0").toString());
    builds("docker build --quiet --tag other-" + shop.project + ":latest .");
    failsAs("BuildFailed").hasMessageContaining(image + " is the same as before it");
  }

  @Test
  void a_build_that_makes_the_bad_image_again_is_refused() throws IOException {
    docker("build", "--quiet", "--tag", image, context("v1").toString());
    PinnedService service = pinned();
    PinnedService bad =
        new PinnedService(
            service.service(),
            service.environment(),
            service.planId(),
            Version.image(id(image), image),
            service.target(),
            null,
            service.compose(),
            null);
    assertThatThrownBy(() -> build(bad))
        .hasMessageContaining("is the bad image")
        .hasMessageContaining(id(image));
    assertThat(exists(shop.rollbackTag())).isFalse();
  }

  @Test
  void a_rollback_tag_of_another_image_is_never_moved() throws IOException {
    docker("tag", LabelledContainers.IMAGE, shop.rollbackTag());
    failsAs("NewerDeploy").hasMessageContaining("means another image");
    assertThat(id(shop.rollbackTag())).isEqualTo(id(LabelledContainers.IMAGE));
    assertThat(builds()).isZero();
  }

  @Test
  void changes_that_are_not_committed_are_neither_lost_nor_built_in() throws IOException {
    write("release.txt", "mine");
    failsAs("CheckoutFailed").hasMessageContaining("release.txt");
    assertThat(Files.readString(repository.resolve("release.txt"))).isEqualTo("mine");
    assertThat(builds()).isZero();
  }

  @Test
  void a_work_tree_that_somebody_moved_meanwhile_is_left_alone() throws IOException {
    builds("exit 7");
    failsAs("BuildFailed");
    git("checkout", "--quiet", "main");
    write("release.txt", "v3");
    commit("v3");
    failsAs("NewerDeploy").hasMessageContaining("somebody deployed meanwhile");
    assertThat(git("rev-parse", "HEAD")).isEqualTo(git("rev-parse", "v3"));
  }

  /** Of its own: the engine looks for a layer among all of a base, also those removed meanwhile. */
  private String base() {
    return "base-" + shop.project + ":latest";
  }

  private ComposeImages.Built build() throws IOException {
    return build(pinned());
  }

  private ComposeImages.Built build(PinnedService service) throws IOException {
    shop.rebuild =
        Optional.of(
            new ComposeEnvironment.Rebuild(
                repository, new Command(List.of("./build.sh"), repository, within), image));
    try (DockerEngine engine = DockerEngine.open(shop.engine, () -> shop.beat("asking"))) {
      return new ImageBuild(
              shop.environment(),
              engine,
              new PlanFolder(state, service, machine),
              machine,
              shop.redaction,
              shop::beat,
              1)
          .build(service);
    }
  }

  private AbstractThrowableAssert<?, ? extends Throwable> failsAs(String type) {
    return assertThatThrownBy(this::build)
        .isInstanceOfSatisfying(
            ApplicationFailure.class, failure -> assertThat(failure.getType()).isEqualTo(type));
  }

  private PinnedService pinned() throws IOException {
    return shop.pinned(Version.commit(git("rev-parse", "v1"), "v1"));
  }

  /** What the target's build does instead. */
  private void builds(String script) throws IOException {
    git("checkout", "--quiet", "v1");
    script(script);
    git("tag", "--delete", "v1");
    commit("v1");
    git("checkout", "--quiet", "main");
  }

  private void script(String script) throws IOException {
    write("build.sh", "#!/bin/sh\necho build >>../builds\n" + script + "\n")
        .toFile()
        .setExecutable(true);
  }

  private long builds() throws IOException {
    Path file = folder.resolve("builds");
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  private Path context(String version) throws IOException {
    Path context = Files.createDirectories(folder.resolve("context"));
    git("--work-tree=" + context, "checkout", "v1", "--", ".");
    git("reset", "--quiet", "--hard");
    if (!version.equals("v1")) {
      Files.writeString(context.resolve("release.txt"), version);
    }
    return context;
  }

  private static String id(String reference) throws IOException {
    return docker("image", "inspect", "-f", "{{.Id}}", reference);
  }

  private static boolean exists(String reference) {
    try {
      return !id(reference).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private List<ProcessHandle> running() {
    return ProcessHandle.allProcesses().filter(this::isInRepository).toList();
  }

  private boolean isInRepository(ProcessHandle process) {
    try {
      return Path.of("/proc/" + process.pid() + "/cwd").toRealPath().startsWith(repository);
    } catch (IOException ended) {
      return false;
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(repository.resolve(name), text);
  }

  private void commit(String tag) throws IOException {
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "-m", tag);
    git("tag", tag);
  }

  private void touch(String name) {
    try {
      Files.writeString(folder.resolve(name), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String git(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(Arrays.asList(arguments));
    Path said = Files.createTempFile(folder, "git", ".out");
    Process git =
        new ProcessBuilder(command)
            .directory(repository.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      if (!git.waitFor(60, TimeUnit.SECONDS) || git.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + Files.readString(said));
      }
      return Files.readString(said).stripTrailing();
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      git.destroyForcibly();
      Files.delete(said);
    }
  }
}
