package dev.rollbook.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollbook.Finding;
import dev.rollbook.Finding.Level;
import dev.rollbook.ProcessId;
import dev.rollbook.Secret;
import dev.rollbook.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MachineChecksTest {

  @TempDir Path folder;
  private Shop shop;

  @BeforeEach
  void open() throws IOException {
    shop = new Shop(folder).threeReleases();
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void a_work_tree_named_by_its_top_folder_is_fine() throws IOException {
    assertThat(repository(shop.repository)).isEmpty();
    Path link = Files.createSymbolicLink(folder.resolve("link"), shop.repository);
    assertThat(repository(link)).isEmpty();
  }

  @Test
  void a_missing_folder_and_one_without_git_block() throws IOException {
    assertThat(repository(folder.resolve("gone")).orElseThrow().message())
        .endsWith("gone does not exist on the worker's machine; correct 'repository'");
    assertThat(repository(Files.createDirectory(folder.resolve("plain"))).orElseThrow().message())
        .contains("plain is no usable git work tree", "not a git repository");
    assertThat(repository(shop.repository.resolve(".git")).orElseThrow().blocks()).isTrue();
  }

  @Test
  void a_folder_inside_another_work_tree_blocks_and_names_that() throws IOException {
    Path inside = Files.createDirectory(shop.repository.resolve("services"));
    assertThat(repository(inside).orElseThrow().message())
        .contains("services lies inside the work tree " + shop.repository);
  }

  @Test
  void a_repository_without_a_commit_blocks() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    shop.gitIn(empty, "init", "--quiet");
    assertThat(repository(empty).orElseThrow().message()).endsWith("empty has no commit yet");
  }

  @Test
  void too_little_disk_blocks_with_both_numbers() throws IOException {
    assertThat(MachineChecks.disk(folder, 1).level()).isEqualTo(Level.OK);
    Finding full = MachineChecks.disk(folder.resolve("not/yet"), Long.MAX_VALUE);
    assertThat(full.blocks()).isTrue();
    assertThat(full.message())
        .matches("[0-9]+ MB free at .*, 9223372036854 MB wanted; make room.*");
  }

  @Test
  void a_missing_secret_blocks_and_names_variable_and_reference_but_no_value() {
    shop.variables =
        Map.of(
            "DB_PASSWORD", new Secret("${env:MISSING_ONE}", Map.of("OTHER", "hunter22")),
            "KEY", new Secret("file:/no/such/file", Map.of()),
            "FINE", new Secret("${env:OTHER}", Map.of("OTHER", "hunter22")));
    List<Finding> findings = MachineChecks.secrets(shop.environment());
    assertThat(findings).hasSize(2).allMatch(Finding::blocks);
    assertThat(findings.toString())
        .contains("DB_PASSWORD", "MISSING_ONE", "KEY", "/no/such/file")
        .doesNotContain("hunter22");
  }

  @Test
  void another_build_in_the_work_tree_blocks_also_through_a_link() throws IOException {
    assertThat(others()).singleElement().matches(finding -> finding.level() == Level.OK);
    shop.script("build.sh", "sleep 1000");
    Process build = shop.run("./build.sh");
    await().atMost(Duration.ofSeconds(30)).until(() -> others().get(0).blocks());
    assertThat(others().get(0).message()).contains("pid " + build.pid());

    Path link = Files.createSymbolicLink(folder.resolve("link"), shop.repository);
    LocalEnvironment local = shop.environment();
    LocalEnvironment linked =
        new LocalEnvironment(
            link,
            local.previousTag(),
            local.port(),
            local.stopGrace(),
            local.build(),
            local.start(),
            local.startLine(),
            local.log(),
            local.variables(),
            1,
            local.health(),
            List.of());
    assertThat(MachineChecks.otherDeployments(linked, Optional.empty(), shop.machine).get(0))
        .matches(Finding::blocks);
  }

  @Test
  void a_service_started_from_another_version_is_a_warning() throws IOException {
    ProcessId service = shop.starting().finish().process();
    Version v2 = Version.commit(shop.sha("v2"), "v2");
    assertThat(MachineChecks.running(v2, Optional.of(service), shop.machine))
        .singleElement()
        .matches(finding -> finding.level() == Level.WARNING)
        .matches(
            finding -> finding.message().endsWith("though the work tree is at " + v2.describe()));
  }

  @Test
  void changed_migrations_are_a_warning_that_names_the_first() throws IOException {
    Git git = shop.git();
    assertThat(MachineChecks.migrations(git, shop.sha("v2"), shop.sha("v3")))
        .singleElement()
        .matches(finding -> finding.level() == Level.OK);
    shop.write("src/main/resources/db/migration/V2__orders.sql", "create table orders(id int);");
    shop.commit("v4");
    assertThat(MachineChecks.migrations(git, shop.sha("v2"), shop.sha("HEAD")))
        .singleElement()
        .matches(finding -> finding.level() == Level.WARNING)
        .matches(
            finding ->
                finding.message().startsWith("1 migration(s) changed since the target, first src/")
                    && finding.message().contains("V2__orders.sql"));
  }

  @Test
  void a_filter_that_git_does_not_know_is_a_warning_that_names_it() throws IOException {
    // whatever this machine itself knows
    shop.git("config", "filter.lfs.smudge", "");
    shop.git("config", "filter.lfs.process", "");
    shop.write("media/.gitattributes", "# filter=none\n*.bin filter=lfs diff=lfs -text\n");
    shop.write(".gitattributes", "*.key text filter=vault.v1\n");
    String target = shop.commit("v4");
    assertThat(MachineChecks.filters(shop.git(), shop.sha("v3"))).isEmpty();
    assertThat(MachineChecks.filters(shop.git(), target))
        .allMatch(finding -> finding.level() == Level.WARNING)
        .extracting(Finding::message)
        .satisfiesExactly(
            lfs -> assertThat(lfs).contains("the filter 'lfs'", "git lfs install"),
            vault -> assertThat(vault).contains("set filter.vault.v1.smudge"));

    shop.git("config", "filter.lfs.process", "git-lfs filter-process");
    shop.git("config", "filter.vault.v1.smudge", "cat");
    assertThat(MachineChecks.filters(shop.git(), target)).isEmpty();
  }

  @Test
  void a_machine_on_which_nothing_can_be_detached_blocks() {
    assertThat(MachineChecks.detaching(Map.of("PATH", "/usr/bin:/bin"))).isEmpty();
    assertThat(MachineChecks.detaching(Map.of("PATH", folder.toString())))
        .singleElement()
        .matches(Finding::blocks)
        .matches(finding -> finding.message().contains("'setsid'"));
  }

  @Test
  void a_command_must_exist_and_be_executable_in_the_target() throws IOException {
    assertThat(check("./build.sh").level()).isEqualTo(Level.OK);
    assertThat(check("sh").level()).isEqualTo(Level.OK);
    assertThat(check(Shop.JAVA).level()).isEqualTo(Level.OK);
    assertThat(check("no-such-program").message()).contains("is not on the PATH of the worker");
    assertThat(check("/no/such/program").message()).contains("missing or not executable");
    assertThat(check("./nowhere.sh").message())
        .isEqualTo("nowhere.sh does not exist in the target commit");
    assertThat(check("./release.txt").message()).contains("is not executable in the target commit");
  }

  @Test
  void a_command_that_only_head_has_is_missing_and_one_outside_git_stays() throws IOException {
    shop.script("newer/deploy.sh", "exit 0");
    shop.commit("v4");
    assertThat(check("newer/deploy.sh").message())
        .isEqualTo("newer/deploy.sh does not exist in the target commit");

    shop.script("mine.sh", "exit 0");
    assertThat(check("./mine.sh").message()).endsWith("(not under version control)");
  }

  @Test
  void a_folder_is_no_command_and_the_commands_folder_must_be_in_the_target() throws IOException {
    shop.write("service/file", "x");
    shop.commit("v4");
    shop.git("tag", "--force", "v2");
    assertThat(check("./service").message()).isEqualTo("service is a folder in the target commit");

    shop.write("newer/file", "x");
    shop.commit("v5");
    CommandCheck checks = new CommandCheck(shop.git(), shop.repository);
    Command there = new Command(List.of("sh"), shop.repository.resolve("service"), shop.within);
    assertThat(checks.check("build", there, shop.sha("v2")).level()).isEqualTo(Level.OK);
    Command gone = new Command(List.of("sh"), shop.repository.resolve("newer"), shop.within);
    assertThat(checks.check("build", gone, shop.sha("v2")).message())
        .endsWith("newer does not exist in the target commit");
  }

  private Finding check(String program) throws IOException {
    return new CommandCheck(shop.git(), shop.repository)
        .check(
            "build", new Command(List.of(program), shop.repository, shop.within), shop.sha("v2"));
  }

  private List<Finding> others() throws IOException {
    return MachineChecks.otherDeployments(shop.environment(), Optional.empty(), shop.machine);
  }

  private Optional<Finding> repository(Path where) throws IOException {
    return MachineChecks.repository(where, new Git(where, shop.heartbeat));
  }
}
