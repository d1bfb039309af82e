package dev.rollbook.compose;

import dev.rollbook.PinnedService;
import dev.rollbook.Secret;
import dev.rollbook.StepResult;
import dev.rollbook.StopFile;
import dev.rollbook.local.MachineProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What Section B does with a shop's containers, without Temporal around it. */
final class ShopSteps {

  /** By which means containers are made. */
  enum Means {
    V1,
    V2,
    API;

    ComposeCli cli() {
      return this == V1 ? ComposeCli.V1 : ComposeCli.V2;
    }
  }

  private final ComposeShop shop;
  private final Path state;
  private Map<String, Secret> variables;
  private Optional<Duration> stopGrace = Optional.empty();
  private List<ComposeEnvironment.Dependency> dependencies = List.of();
  private Runnable whileWaiting = () -> {};
  private URI host;

  ShopSteps(ComposeShop shop, Path state, Means means) {
    this(
        shop,
        state,
        means == Means.API
            ? "/nonexistent"
            : Path.of(means.cli().program()).getParent().toString());
  }

  /**
   * @param path where Compose is looked for
   */
  ShopSteps(ComposeShop shop, Path state, String path) {
    this.shop = shop;
    this.state = state;
    this.variables = Map.of("PATH", new Secret(path, Map.of()));
    this.host = shop.host();
  }

  /** In place of the engine itself. */
  ShopSteps by(EngineProxy proxy) {
    host = proxy.uri();
    return this;
  }

  ShopSteps variables(Map<String, Secret> all) {
    variables = all;
    return this;
  }

  ShopSteps stopGrace(Duration grace) {
    stopGrace = Optional.of(grace);
    return this;
  }

  ShopSteps dependencies(ComposeEnvironment.Dependency... all) {
    dependencies = List.of(all);
    return this;
  }

  ShopSteps whileWaiting(Runnable does) {
    whileWaiting = does;
    return this;
  }

  /** As planned now, with the image under its rollback tag. */
  static PinnedService pinned(ComposeShop shop, String tag, ComposePin.Pin pin) {
    PinnedService pinned = shop.pinned(tag, pin);
    shop.docker("tag", shop.image(tag), pinned.compose().image());
    return pinned;
  }

  /** B3 by hand. */
  static void edit(ComposeShop shop, PinnedService pinned) {
    try {
      String text = java.nio.file.Files.readString(shop.file());
      shop.write(
          "docker-compose.yml", text.replace(shop.image("latest"), pinned.compose().image()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  StepResult stop(PinnedService service) throws IOException {
    try (DockerEngine engine = open()) {
      return new ContainerStop(service, plan(service), engine, environment().stopGrace())
          .stopPinned();
    }
  }

  StepResult restart(PinnedService service) throws IOException {
    try (DockerEngine engine = open()) {
      return new ContainerRestart(
              service,
              environment(),
              plan(service),
              new StopFile(state, service),
              engine,
              compose(service))
          .restart();
    }
  }

  StepResult restartStack(PinnedService service) throws IOException {
    try (DockerEngine engine = open()) {
      return new StackRestart(
              service, environment(), plan(service), engine, compose(service), whileWaiting)
          .restart();
    }
  }

  StepResult stopAfterFailure(PinnedService service) throws IOException {
    plan(service).fence();
    compose(service).endLeftOver();
    try (DockerEngine engine = open()) {
      return new EmergencyStop(
              service, new StopFile(state, service), engine, environment().stopGrace())
          .stop(false);
    }
  }

  List<ServiceContainer> containers() {
    return ServiceContainer.of(shop.engine(), shop.project(), ComposeShop.SERVICE);
  }

  private DockerEngine open() {
    return DockerEngine.open(host, whileWaiting);
  }

  private ComposePlanFolder plan(PinnedService service) {
    return new ComposePlanFolder(state, service);
  }

  private ComposeUp compose(PinnedService service) {
    return new ComposeUp(
        service, environment(), plan(service), new MachineProcesses(), shop.host(), whileWaiting);
  }

  private ComposeEnvironment environment() {
    ComposeEnvironment shops = shop.environment().build();
    return new ComposeEnvironment(
        shops.engine(),
        shops.project(),
        shops.composeService(),
        shops.pin(),
        shops.previousTag(),
        shops.rebuild(),
        stopGrace,
        shops.startWithin(),
        shops.startLine(),
        shops.errorLines(),
        variables,
        shops.health(),
        shops.checks(),
        dependencies,
        shops.approvalWithin());
  }
}
