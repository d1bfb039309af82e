package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.Version;
import dev.rollbook.compose.ComposeEnvironment.Rebuild;
import dev.rollbook.local.Build;
import dev.rollbook.local.Checkout;
import dev.rollbook.local.Git;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.local.PlanFolder;
import io.temporal.client.ActivityCanceledException;
import java.io.IOException;
import java.util.Optional;

/**
 * B4, done once for a plan: the pinned commit, the catalog's image build, and the rollback tag on
 * what came of it. What was there before is kept in the plan's folder, so that an attempt after a
 * crash can still tell what this build has made.
 */
final class ImageBuild {

  private final ComposeEnvironment compose;
  private final DockerEngine engine;
  private final PlanFolder plan;
  private final MachineProcesses machine;
  private final Redaction redaction;
  private final Heartbeat heartbeat;
  private final int attempt;

  ImageBuild(
      ComposeEnvironment compose,
      DockerEngine engine,
      PlanFolder plan,
      MachineProcesses machine,
      Redaction redaction,
      Heartbeat heartbeat,
      int attempt) {
    this.compose = compose;
    this.engine = engine;
    this.plan = plan;
    this.machine = machine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
    this.attempt = attempt;
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure BuildFailed, BuildTimedOut, CheckoutFailed,
   *     NewerDeploy
   */
  ComposeImages.Built build(PinnedService service) throws IOException {
    plan.refuseIfFenced();
    Optional<String> built = plan.kept("built-image");
    if (built.isPresent()) {
      if (engine.findImage(built.get()).isEmpty()) {
        throw Failures.hopeless(
            "BuildFailed",
            "%s: the image %s, which an earlier attempt has built, is gone by now: somebody removed it. Start a new run."
                .formatted(service.service(), built.get()));
      }
      tag(service).put(built.get());
      return built(service, built.get(), "built by an earlier attempt", false);
    }
    Rebuild rebuild = rebuild(service);
    refuseOthersTag(service);
    Checkout checkout = checkout(service, rebuild);
    Build build =
        new Build(
            service,
            rebuild.command(),
            ComposeCommands.variables(compose, engine.host()),
            plan,
            machine,
            redaction,
            heartbeat);
    try {
      checkout.toTarget();
      String before = before(rebuild);
      build.finish();
      String image = refuseOldImage(service, rebuild, before);
      plan.keep("built-image", image);
      tag(service).put(image);
      return built(
          service,
          image,
          "%s%n%s%n%n%s%n%s"
              .formatted(
                  "Checked out " + service.target().describe(),
                  checkout.output(),
                  rebuild.command().describe(),
                  build.output()),
          true);
    } catch (ActivityCanceledException e) {
      checkout.giveUp();
      build.giveUp();
      throw e;
    }
  }

  private Rebuild rebuild(PinnedService service) {
    return compose
        .rebuild()
        .orElseThrow(
            () ->
                Failures.hopeless(
                    "BuildFailed",
                    service.service()
                        + ": the catalog says no more how its image is built; add 'rebuild', or go back to an image that exists"));
  }

  /** Before anything is checked out or built: the tag is written into the compose file next. */
  private void refuseOthersTag(PinnedService service) throws IOException {
    if (plan.kept("image-before").isEmpty()) {
      tag(service).refuseIfThere();
    }
  }

  /** The work tree's commit is not pinned, since the bad version is an image: it is kept here. */
  private Checkout checkout(PinnedService service, Rebuild rebuild) throws IOException {
    Git git = new Git(rebuild.repository(), heartbeat);
    Optional<String> from = plan.kept("checkout-from");
    if (from.isEmpty()) {
      from = Optional.of(git.head());
      plan.keep("checkout-from", from.get());
    }
    PinnedService sources =
        new PinnedService(
            service.service(),
            service.environment(),
            service.planId(),
            Version.commit(from.get(), null),
            service.target(),
            null,
            service.compose(),
            null);
    return new Checkout(sources, rebuild.repository(), git, plan, machine, heartbeat);
  }

  private String before(Rebuild rebuild) throws IOException {
    Optional<String> kept = plan.kept("image-before");
    if (kept.isEmpty()) {
      kept = Optional.of(engine.findImage(rebuild.image()).map(ImageBuild::mark).orElse("none"));
      plan.keep("image-before", kept.get());
    }
    return kept.get();
  }

  /**
   * The ID, and when it was tagged last. A build that the cache answers gives an old image, made
   * long ago, its tag again; dates of creation tell nothing, since reproducible builds have none.
   */
  private static String mark(JsonNode image) {
    return image.path("Id").asText() + " " + image.path("Metadata").path("LastTagTime").asText();
  }

  private String refuseOldImage(PinnedService service, Rebuild rebuild, String before) {
    JsonNode image =
        engine
            .findImage(rebuild.image())
            .orElseThrow(
                () ->
                    wrongImage(
                        service, rebuild, "there is no image " + rebuild.image() + " after it"));
    String id = image.path("Id").asText();
    if (id.equals(service.from().id())
        || service.compose().containers().stream().anyMatch(bad -> id.equals(bad.image()))) {
      throw wrongImage(service, rebuild, rebuild.image() + " is the bad image (" + id + ") still");
    }
    if (mark(image).equals(before)) {
      throw wrongImage(
          service, rebuild, rebuild.image() + " is the same as before it (" + id + ")");
    }
    return id;
  }

  private static RuntimeException wrongImage(PinnedService service, Rebuild rebuild, String what) {
    return Failures.hopeless(
        "BuildFailed",
        "%s: %s succeeded, but %s; does it build the image that the catalog names? Correct 'rebuild'."
            .formatted(service.service(), rebuild.command().describe(), what));
  }

  private RollbackTag tag(PinnedService service) {
    return new RollbackTag(engine, service.service(), service.compose().image());
  }

  private ComposeImages.Built built(
      PinnedService service, String image, String evidence, boolean changed) {
    Version version =
        Version.image(
            image,
            compose.rebuild().map(Rebuild::image).orElse(service.compose().image())
                + " of "
                + service.target().describe());
    return new ComposeImages.Built(
        version,
        new StepReport(
            changed,
            "built " + version.describe() + ", tagged " + service.compose().image(),
            Evidence.bounded(
                redaction.clean(evidence) + "\n" + service.compose().image() + " = " + image,
                Evidence.LIMIT),
            attempt));
  }
}
