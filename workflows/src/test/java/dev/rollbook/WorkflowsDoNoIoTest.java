package dev.rollbook;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Workflows are replayed from their history: what they read from the world would differ each time.
 * What may be used is listed; everything else is I/O until somebody shows otherwise.
 */
class WorkflowsDoNoIoTest {

  static final ArchRule WHAT_MAY_BE_USED =
      classes()
          .should()
          .onlyDependOnClassesThat(describe("may be used", WorkflowsDoNoIoTest::mayBeUsed))
          .because(
              "workflows do no I/O and start no threads: declare an activity interface here and do"
                  + " the work in ../activities; for concurrency use Async, Promise and"
                  + " Workflow.await");

  static final ArchRule MACHINE_AND_THREADS =
      noClasses()
          .should()
          .dependOnClassesThat(
              belongToAnyOf(
                  Process.class,
                  ProcessBuilder.class,
                  ProcessHandle.class,
                  Runtime.class,
                  System.class,
                  Thread.class,
                  ThreadLocal.class,
                  java.util.Scanner.class,
                  java.util.Timer.class))
          .because(
              "a replay runs on another machine and another thread: Workflow.currentTimeMillis(),"
                  + " Workflow.sleep, Workflow.getLogger, or an activity");

  static final ArchRule CLOCK_AND_CHANCE =
      noClasses()
          .should()
          .accessTargetWhere(
              describe("asks the clock or chance", WorkflowsDoNoIoTest::isClockOrChance))
          .because(
              "a replay must see the same: Instant.ofEpochMilli(Workflow.currentTimeMillis()),"
                  + " Workflow.randomUUID(), Workflow.newRandom()");

  private static final DescribedPredicate<JavaClass> OWN_AND_TEMPORAL =
      resideInAnyPackage(
          "dev.rollbook..",
          "io.temporal.activity",
          "io.temporal.api..",
          "io.temporal.common..",
          "io.temporal.failure",
          "io.temporal.workflow..");

  private static final Set<String> PACKAGES =
      Set.of(
          "java.lang",
          "java.lang.annotation",
          "java.lang.invoke",
          "java.lang.runtime",
          "java.text",
          "java.time",
          "java.time.format",
          "java.time.temporal",
          "java.util",
          "java.util.function",
          "java.util.regex",
          "java.util.stream",
          "org.slf4j");

  private static final Set<String> HARMLESS =
      Set.of(
          "java.nio.charset.StandardCharsets",
          "java.util.concurrent.Callable",
          "java.util.concurrent.CancellationException",
          "java.util.concurrent.TimeUnit",
          "java.util.concurrent.TimeoutException");

  private static final Set<String> CLOCK_AND_CHANCE_TYPES =
      Set.of(
          "java.time.Clock",
          "java.util.Calendar",
          "java.util.Date",
          "java.util.GregorianCalendar",
          "java.util.Random",
          "java.util.SplittableRandom");

  static Stream<ArchRule> rules() {
    return Stream.of(WHAT_MAY_BE_USED, MACHINE_AND_THREADS, CLOCK_AND_CHANCE);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void the_workflows_keep(ArchRule rule) {
    JavaClasses workflows = new ClassFileImporter().importPath(Path.of("target", "classes"));

    rule.check(workflows);
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("dev.rollbook.Offences#all")
  void is_caught(ArchRule rule, Class<?> offence) {
    var result = rule.evaluate(new ClassFileImporter().importClasses(offence));

    assertThat(result.hasViolation()).isTrue();
    assertThat(result.getFailureReport().getDetails()).allMatch(d -> d.contains(offence.getName()));
  }

  @Test
  void a_caught_class_is_told_what_to_do_instead() {
    var result =
        CLOCK_AND_CHANCE.evaluate(
            new ClassFileImporter().importClasses(Offences.AsksTheClock.class));

    assertThat(result.getFailureReport().toString())
        .contains("Workflow.currentTimeMillis()")
        .contains("java.time.Instant.now()")
        .contains("Offences.java:");
  }

  private static boolean mayBeUsed(JavaClass type) {
    JavaClass element = type.getBaseComponentType();
    return element.isPrimitive()
        || PACKAGES.contains(element.getPackageName())
        || HARMLESS.contains(element.getName())
        || OWN_AND_TEMPORAL.test(element);
  }

  private static boolean isClockOrChance(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String member = access.getName();
    return CLOCK_AND_CHANCE_TYPES.contains(owner)
        || owner.startsWith("java.time.") && member.equals("now")
        || owner.equals("java.lang.Math") && member.equals("random")
        || owner.equals("java.util.UUID") && member.equals("randomUUID");
  }
}
