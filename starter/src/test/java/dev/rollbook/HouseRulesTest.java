package dev.rollbook;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

/** What all modules keep; asked here, because this module sees them all. */
class HouseRulesTest {

  private static final ArchRule NAMES_TELL_THE_JOB =
      noClasses()
          .should()
          .haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager)")
          .because(
              "a homeless method belongs to the record it reads, and a class is named by the thing,"
                  + " fact, mechanism or rule it is");

  private static final String CLASS_PATH = "java.class.path";

  @Test
  void names_tell_the_job() {
    JavaClasses all = new ClassFileImporter().importPackages("dev.rollbook");

    assertThat(all.stream().map(c -> c.getSource().orElseThrow().getUri().toString()))
        .as("classes of the first and of the last module are seen")
        .anyMatch(uri -> uri.contains("/workflows/target/"))
        .anyMatch(uri -> uri.contains("/starter/target/"));
    NAMES_TELL_THE_JOB.check(all.that(not(equivalentTo(RolloutHelper.class))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Credentials", "Signatures"})
  void secrets_are_compared_in_constant_time(String comparing) throws IOException {
    String source =
        Files.readString(
            Path.of("src", "main", "java", "dev", "rollbook", "serve", comparing + ".java"));

    assertThat(source)
        .as("%s: where secrets are compared, only MessageDigest.isEqual tells nothing", comparing)
        .contains("MessageDigest.isEqual(")
        .doesNotContain(".equals(", "Arrays.equals", ".contains(", ".compareTo(", "contentEquals");
  }

  @Test
  void a_name_that_tells_nothing_is_caught() {
    var result =
        NAMES_TELL_THE_JOB.evaluate(new ClassFileImporter().importClasses(RolloutHelper.class));

    assertThat(result.hasViolation()).isTrue();
  }

  private static final ArchRule WHOLE_FILES =
      noClasses()
          .that()
          .haveNameNotMatching(".*[.](WholeFile|PinnedFile|DetachedJob)")
          .should()
          .callMethod(Files.class, "move", Path.class, Path.class, CopyOption[].class)
          .because(
              "what is renamed before it is on the disk may be empty after a power cut:"
                  + " WholeFile.write does both");

  @Test
  void what_is_written_down_outlives_a_power_cut() {
    JavaClasses activities =
        new ClassFileImporter().importPath(Path.of("../activities/target/classes"));

    assertThat(activities.contain(RunJournalFiles.class)).isTrue();
    WHOLE_FILES.check(activities);
    assertThat(
            WHOLE_FILES
                .evaluate(new ClassFileImporter().importClasses(Renaming.class))
                .hasViolation())
        .isTrue();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void versions_stand_in_the_parent_only(Path pom) throws IOException {
    String withoutParent = Files.readString(pom).replaceFirst("(?s)<parent>.*?</parent>", "");

    assertThat(withoutParent)
        .as("%s: a version belongs into the parent's properties and dependencyManagement", pom)
        .doesNotContain("<version>");
  }

  /** That each of them does fail the build is shown by {@code dev/broken-on-purpose}, by hand. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "pom.xml | //plugin[artifactId='maven-compiler-plugin']/configuration/compilerArgs[arg='-Werror'][arg[starts-with(., '-Xlint:all,')]]",
        "pom.xml | //plugin[artifactId='maven-dependency-plugin']//execution[goals/goal='analyze-only']/configuration/failOnWarning[.='true']",
        "pom.xml | //plugin[artifactId='spotless-maven-plugin']//execution/goals/goal[.='check']",
        "workflows/pom.xml | //plugin[artifactId='maven-enforcer-plugin']//execution[goals/goal='enforce']//bannedDependencies[exclude or excludes/exclude='com.mysql:*']"
      })
  void what_must_fail_the_build_does(Path pom, String setting) throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("..").resolve(pom).toFile());

    assertThat(
            XPathFactory.newInstance()
                .newXPath()
                .evaluateExpression(setting, document, Boolean.class))
        .as("%s has %s", pom, setting)
        .isTrue();
  }

  /** They are run by hand only, and break unseen when an interface gets one more method. */
  @Test
  void the_benchmarks_compile(@TempDir Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (Stream<Path> folder = Files.list(Path.of("..", "dev", "bench"));
        StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<Path> sources = folder.filter(file -> file.toString().endsWith(".java")).toList();
      List<String> options =
          List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty(CLASS_PATH));

      assertThat(sources).isNotEmpty();
      assertThat(
              compiler
                  .getTask(
                      said, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                  .call())
          .as(said::toString)
          .isTrue();
    }
  }

  static Stream<Path> modules() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of(".."))) {
      return folders.map(f -> f.resolve("pom.xml")).filter(Files::exists).toList().stream();
    }
  }

  private static final class RolloutHelper {}

  private static final class Renaming {
    void rename(Path part, Path file) throws IOException {
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
