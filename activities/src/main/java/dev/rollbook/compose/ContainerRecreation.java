package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Failures;
import dev.rollbook.Payloads;
import dev.rollbook.compose.ComposePlanFolder.Snapshot;
import dev.rollbook.compose.EngineFailure.Missing;
import dev.rollbook.compose.EngineFailure.Refused;
import dev.rollbook.local.Pause;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts a new container in the place of an old one over the engine's API. The new one is there,
 * complete, before the old one goes; whatever is interrupted, {@link ReplacedContainers} knows how
 * to go on from. Nothing is written to the engine once the plan is fenced.
 */
final class ContainerRecreation {

  private static final Duration TAKEN_BACK_WITHIN = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final ComposePlanFolder plan;
  private final DockerEngine engine;
  private final Optional<Duration> grace;
  private final ContainerEnding ending;
  private final OwnSettings own;

  /**
   * @param own what the compose files set themselves
   */
  ContainerRecreation(
      ComposePlanFolder plan, DockerEngine engine, Optional<Duration> grace, OwnSettings own) {
    this.plan = plan;
    this.engine = engine;
    this.own = own;
    this.grace = grace;
    this.ending = new ContainerEnding(engine, grace);
  }

  /**
   * @param old as it was; it may be gone by now
   * @return the new one's id; it is not started yet
   */
  String replace(Snapshot old, String image) {
    ServiceContainer container = old.container();
    String created = create(old, image);
    Optional<ServiceContainer> still =
        engine.findContainer(container.id()).map(ServiceContainer::new);
    if (still.isPresent()) {
      ending.stop(List.of(still.get()));
      remove(container.id());
    }
    rename(created, container.properName());
    return created;
  }

  /**
   * Connects what an attempt that was cut off has created to the networks it still lacks.
   *
   * @param old whose place it takes
   * @throws io.temporal.failure.ApplicationFailure RestartFailed when one of them is gone
   */
  void complete(ServiceContainer created, Snapshot old) {
    JsonNode there = created.inspect().at("/NetworkSettings/Networks");
    Map<String, ObjectNode> missing = new ContainerTemplate(old, own).otherNetworks();
    missing.keySet().removeIf(there::has);
    missing.forEach((network, endpoint) -> connect(created, network, endpoint));
  }

  private void connect(ServiceContainer created, String network, ObjectNode endpoint) {
    try {
      connect(created.id(), network, endpoint);
    } catch (Missing e) {
      throw unconnected(created, network, e);
    } catch (Refused e) {
      if (e.status() >= 500) {
        throw e;
      }
      JsonNode now = engine.inspectContainer(created.id());
      if (!now.at("/NetworkSettings/Networks").has(network)) {
        throw unconnected(created, network, e);
      } // else the call of an attempt that was cut off came through late
    }
  }

  private static RuntimeException unconnected(
      ServiceContainer created, String network, EngineFailure failure) {
    return Failures.hopeless(
        "RestartFailed",
        "The engine does not connect %s to %s, which the old container was in, so that it was not started: %s. Bring the network back, with Compose for example, and run again."
            .formatted(created.describe(), network, failure.getMessage()));
  }

  private String create(Snapshot old, String image) {
    plan.refuseIfFenced();
    ContainerTemplate template = new ContainerTemplate(old, own);
    ServiceContainer container = old.container();
    String borrowed = container.shortId() + "_" + container.properName();
    try {
      JsonNode answer =
          engine.post(
              "/containers/create?name=" + DockerEngine.encoded(borrowed), template.body(image));
      String created = answer.path("Id").asText();
      connect(created, template);
      return created;
    } catch (Missing e) {
      throw refused(container, e);
    } catch (Refused e) {
      throw e.status() < 500 ? refused(container, e) : e;
    }
  }

  /** All of its networks or no container: one of two is enough for a number. */
  private void connect(String created, ContainerTemplate template) {
    try {
      template.otherNetworks().forEach((network, endpoint) -> connect(created, network, endpoint));
    } catch (EngineFailure e) {
      try {
        remove(created);
      } catch (RuntimeException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  private void connect(String container, String network, ObjectNode endpoint) {
    plan.refuseIfFenced();
    ObjectNode connect = Payloads.mapper().createObjectNode().put("Container", container);
    connect.set("EndpointConfig", endpoint);
    engine.post("/networks/" + DockerEngine.encoded(network) + "/connect", connect);
  }

  private static RuntimeException refused(ServiceContainer old, EngineFailure failure) {
    return Failures.hopeless(
        "RestartFailed",
        "The engine refuses a new container in place of %s, which is left as it was: %s"
            .formatted(old.describe(), failure.getMessage()));
  }

  /** A worker that was frozen in the middle of this takes its start back. */
  void start(String id) {
    plan.refuseIfFenced();
    try {
      engine.post("/containers/" + id + "/start", null);
    } catch (Refused e) {
      if (e.status() == 304) {
        return; // it runs already
      }
      if (e.status() >= 500) {
        throw e;
      }
      throw unstarted(id, e);
    } catch (Missing e) {
      throw engine.findContainer(id).isPresent() ? unstarted(id, e) : e; // a network, or it itself
    } finally {
      if (plan.isFenced()) {
        takeBack(id);
      }
    }
    plan.refuseIfFenced();
  }

  private static RuntimeException unstarted(String id, EngineFailure failure) {
    return Failures.hopeless(
        "RestartFailed", "The engine cannot start " + id + ": " + failure.getMessage());
  }

  /**
   * Over a connection of its own, since the step was given up meanwhile and with it every wait of
   * its own connection; and for a while, since a start that was sent may take effect late.
   */
  private void takeBack(String id) {
    try (DockerEngine own = DockerEngine.open(engine.host(), () -> {})) {
      ContainerEnding late = new ContainerEnding(own, grace);
      long until = System.nanoTime() + TAKEN_BACK_WITHIN.toNanos();
      do {
        own.findContainer(id).map(ServiceContainer::new).map(List::of).ifPresent(late::stop);
        Pause.of(LOOK_EVERY);
      } while (System.nanoTime() < until);
    }
  }

  /** Its volumes stay: they are the new one's too. */
  void remove(String id) {
    plan.refuseIfFenced();
    try {
      engine.delete("/containers/" + id + "?v=false");
    } catch (Missing e) {
      // it was to be removed once it had stopped
    }
  }

  void stopAndRemove(ServiceContainer container) {
    plan.refuseIfFenced();
    ending.stop(List.of(container));
    remove(container.id());
  }

  void rename(String id, String name) {
    plan.refuseIfFenced();
    engine.post("/containers/" + id + "/rename?name=" + DockerEngine.encoded(name), null);
  }
}
