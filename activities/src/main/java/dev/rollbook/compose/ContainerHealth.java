package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.StepResult;
import dev.rollbook.verification.HealthAnswer;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpHealth;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The service's health as its containers and its health URL tell it. */
public final class ContainerHealth implements ComposeHealth {

  private static final long LOOK_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration LEAST = Duration.ofSeconds(1);

  private final ComposeEnvironments environments;
  private final DockerEngines engines;
  private final HttpHealth http;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;
  private final IntSupplier attempt;

  public ContainerHealth(
      ComposeEnvironments environments,
      DockerEngines engines,
      HttpHealth http,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat,
      IntSupplier attempt) {
    this.environments = environments;
    this.engines = engines;
    this.http = http;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
    this.attempt = attempt;
  }

  @Override
  public StepReport awaitStart(PinnedService service) {
    ComposeEnvironment compose = find(service);
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("asking the engine"));
        StartLog log =
            new StartLog(
                service.service(),
                compose,
                engine,
                ServiceContainers.ownedBy(engine, service),
                redaction,
                beat)) {
      StartLog.Started started = log.finish();
      return StepReport.done(started.summary(), started.evidence(), attempt.getAsInt());
    }
  }

  /** The containers' own check first: both together have the time limit of the health URL. */
  @Override
  public StepReport awaitHealthy(PinnedService service) {
    ComposeEnvironment compose = find(service);
    HealthCheck check = http.left(compose.health());
    Heartbeat beat = heartbeat.get();
    long begun = System.nanoTime();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("asking the engine"))) {
      OwnHealth own =
          new OwnHealth(
              service.service(), ServiceContainers.ownedBy(engine, service), redaction, beat);
      await(own, check, beat);
      Duration left = check.within().minusNanos(System.nanoTime() - begun);
      StepResult up =
          http.awaitUp(
              service, check.within(left.compareTo(LEAST) < 0 ? LEAST : left), watching(own, beat));
      String containers = own.await(LEAST);
      return StepReport.done(
          up.summary(),
          Evidence.beginning(containers + "\n" + up.evidence(), Evidence.LIMIT),
          attempt.getAsInt());
    }
  }

  /** What answered was the rolled back service only if it is there before and after. */
  @Override
  public StepReport verify(PinnedService service) {
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(find(service), () -> beat.beat("asking the engine"))) {
      ServiceContainers containers = ServiceContainers.ownedBy(engine, service);
      OwnHealth own = new OwnHealth(service.service(), containers, redaction, beat);
      own.alive();
      StepReport report = checked(service, containers);
      own.alive();
      return report;
    }
  }

  private StepReport checked(PinnedService service, ServiceContainers containers) {
    try {
      return http.verify(service);
    } catch (ApplicationFailure failure) {
      containers.states(); // a newer deploy is the better word for an answer that is not ours
      throw failure;
    }
  }

  /** The containers' own check says too little: the health URL knows what is down. */
  private void await(OwnHealth own, HealthCheck check, Heartbeat beat) {
    try {
      own.await(check.within());
    } catch (ApplicationFailure failure) {
      if (!"NotHealthy".equals(failure.getType())) {
        throw failure;
      }
      HealthAnswer answer = http.probe(check, () -> beat.beat("asking " + check.url()));
      throw Failures.hopeless(
          answer.failureType(),
          Evidence.beginning(
              failure.getOriginalMessage() + "\n" + check.url() + " says: " + answer.words(),
              Evidence.LIMIT));
    }
  }

  /** A service that dies while its URL is asked is not waited for. */
  private static Heartbeat watching(OwnHealth own, Heartbeat beat) {
    long[] lookedAt = {System.nanoTime()};
    return progress -> {
      beat.beat(progress);
      if (System.nanoTime() - lookedAt[0] > LOOK_EVERY_NANOS) {
        own.alive();
        lookedAt[0] = System.nanoTime();
      }
    };
  }

  @Override
  public Dependencies checkDependencies(PinnedService service) {
    ComposeEnvironment compose = find(service);
    Heartbeat beat = heartbeat.get();
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("asking the engine"))) {
      return new DependencyChecks(service, engine, redaction, beat)
          .check(compose.dependencies(), attempt.getAsInt());
    }
  }

  private ComposeEnvironment find(PinnedService service) {
    return environments.find(service.service(), service.environment());
  }
}
