package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.PlanFiles;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.verification.HealthAnswer;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpHealth;
import io.temporal.activity.Activity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * E1: what a rollback destroys of the bad containers. All of it is kept in the plan's folder,
 * {@code <state>/jobs/<environment>/<service>/<plan id>/evidence.txt}; what fits goes into history.
 */
public final class ContainerEvidence {

  private static final String KEPT = "evidence.json";
  private static final int LINES = 50;
  private static final int ANSWER = 2 * 1024;

  /** A service that hangs is not waited for: it is to be stopped. */
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(2);

  private static final int MOST_EVENTS = 20;
  private static final int MOST_BYTES = 4 * 1024 * 1024;
  private static final Duration READS_WITHIN = Duration.ofSeconds(20);
  private static final Duration EVENTS_OF = Duration.ofHours(1);

  private final ComposeEnvironments environments;
  private final DockerEngines engines;
  private final Path state;
  private final HttpHealth health;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public ContainerEvidence(
      ComposeEnvironments environments,
      DockerEngines engines,
      Path state,
      HttpHealth health,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.engines = engines;
    this.state = state;
    this.health = health;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /** Once for a plan: later nobody can see it any more. */
  public StepReport capture(PinnedService service) {
    try {
      Optional<StepReport> kept = kept(service);
      return kept.isPresent() ? kept.get() : captured(service);
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private StepReport captured(PinnedService service) throws IOException {
    ComposeEnvironment compose = environments.find(service.service(), service.environment());
    Heartbeat beat = heartbeat.get();
    StringBuilder brief = new StringBuilder();
    StringBuilder full = new StringBuilder();
    String answer = health(compose.health(), beat);
    brief.append(answer);
    full.append(answer);
    int seen = 0;
    try (DockerEngine engine = engines.open(compose, () -> beat.beat("capturing evidence"))) {
      for (ComposePin.Container pinned : service.compose().containers()) {
        Optional<JsonNode> inspect = engine.findContainer(pinned.id());
        if (inspect.isPresent()) {
          seen++;
          write(engine, new ServiceContainer(inspect.get()), brief, full);
        } else {
          brief.append("container ").append(pinned.id()).append(" is gone\n");
        }
      }
    }
    PlanFiles plan = PlanFiles.of(state, service);
    Path file = plan.write("evidence.txt", full.toString());
    StepReport report =
        StepReport.done(
            "saved inspect, logs, health and events of %d container(s) in %s".formatted(seen, file),
            Evidence.beginning(brief.toString(), Evidence.LIMIT),
            Heartbeat.attempt());
    plan.write(KEPT, Payloads.mapper().writeValueAsBytes(report));
    return report;
  }

  /** As Section A keeps it: many a container has no check of its own. */
  private String health(HealthCheck check, Heartbeat beat) {
    HealthAnswer said =
        health.probe(check.answering(ANSWERS_WITHIN), () -> beat.beat("asking " + check.url()));
    return "health %s: %s\n%s\n\n"
        .formatted(check.url(), said.words(), Evidence.beginning(said.body(), ANSWER));
  }

  /** The last lines and what is wrong come first: the brief form is cut at its end. */
  private void write(
      DockerEngine engine, ServiceContainer container, StringBuilder brief, StringBuilder full)
      throws IOException {
    String log = log(engine, container);
    String about =
        "container %s %s\nstate %s\nimage %s %s\nlabels of the image %s\n"
            .formatted(
                container.name(),
                container.id(),
                redaction.clean(container.inspect().path("State").toString()),
                container.reference(),
                container.image(),
                engine
                    .findImage(container.image())
                    .map(image -> redaction.clean(image.path("Config").path("Labels").toString()))
                    .orElse("unknown: the image is gone"));
    String events = redaction.clean(events(engine, container));
    String inspect = redaction.clean(withoutSecrets(container.inspect()).toPrettyString());
    brief
        .append(about)
        .append("last lines\n")
        .append(Evidence.lastLines(log, LINES))
        .append("\nlast events\n")
        .append(events)
        .append("\ninspect\n")
        .append(inspect)
        .append("\n\n");
    full.append(about)
        .append("last lines\n")
        .append(Evidence.plain(log))
        .append("\nlast events\n")
        .append(events)
        .append("\ninspect\n")
        .append(inspect)
        .append("\n\n");
  }

  private String log(DockerEngine engine, ServiceContainer container) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try {
      engine.call(
          "logs of " + container.name(),
          READS_WITHIN,
          () -> {
            try (var frames =
                engine
                    .client()
                    .logContainerCmd(container.id())
                    .withStdOut(true)
                    .withStdErr(true)
                    .withTimestamps(true)
                    .withTail(LINES)
                    .exec(
                        new ResultCallback.Adapter<Frame>() {
                          @Override
                          public void onNext(Frame frame) {
                            if (said.size() < MOST_BYTES) {
                              said.writeBytes(frame.getPayload());
                            }
                          }
                        })) {
              return frames.awaitCompletion();
            }
          });
    } catch (EngineFailure e) {
      return "the log cannot be read: " + e.getMessage();
    }
    // plain first: a terminal sequence within a secret would hide it from the redaction
    return redaction.clean(Evidence.plain(said.toString(StandardCharsets.UTF_8)));
  }

  /** With an end in the past, the engine answers at once. */
  private static String events(DockerEngine engine, ServiceContainer container) {
    Instant now = Instant.now();
    StringBuilder lines = new StringBuilder();
    try {
      String path =
          "/events?since=%d&until=%d.%09d&filters=%s"
              .formatted(
                  now.minus(EVENTS_OF).getEpochSecond(),
                  now.getEpochSecond(),
                  now.getNano(),
                  DockerEngine.encoded("{\"container\":[\"" + container.id() + "\"]}"));
      List<JsonNode> events = engine.getLines(path);
      events
          .subList(Math.max(0, events.size() - MOST_EVENTS), events.size())
          .forEach(
              event ->
                  lines
                      .append(Instant.ofEpochSecond(event.path("time").asLong()))
                      .append(' ')
                      .append(event.path("Action").asText())
                      .append(
                          event.path("Actor").path("Attributes").has("exitCode")
                              ? " exit code "
                                  + event.path("Actor").path("Attributes").path("exitCode").asText()
                              : "")
                      .append('\n'));
    } catch (EngineFailure e) {
      lines.append("cannot be read: ").append(e.getMessage());
    }
    return lines.toString();
  }

  /** {@code NAME=value} each: one that looks like a secret loses its value. */
  private JsonNode withoutSecrets(JsonNode inspect) {
    ObjectNode copy = inspect.deepCopy();
    if (copy.path("Config").path("Env") instanceof ArrayNode variables) {
      for (int i = 0; i < variables.size(); i++) {
        variables.set(i, redaction.clean(variables.get(i).asText()));
      }
    }
    return copy;
  }

  private Optional<StepReport> kept(PinnedService service) throws IOException {
    Optional<byte[]> kept = PlanFiles.of(state, service).read(KEPT);
    return kept.isEmpty()
        ? Optional.empty()
        : Optional.of(Payloads.mapper().readValue(kept.get(), StepReport.class));
  }
}
