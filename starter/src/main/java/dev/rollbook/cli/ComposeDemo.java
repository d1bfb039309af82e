package dev.rollbook.cli;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.BuildImageResultCallback;
import com.github.dockerjava.api.model.Image;
import dev.rollbook.compose.ComposeCommand;
import dev.rollbook.compose.ComposeCommands;
import dev.rollbook.compose.ComposeEnvironment;
import dev.rollbook.compose.ComposeFiles;
import dev.rollbook.compose.DockerEngine;
import dev.rollbook.compose.DockerEngines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** {@code rollbook demo compose}: a gateway, a shop and what it depends on, in containers. */
final class ComposeDemo extends Demo {

  private static final String ENVIRONMENT = "staging";
  private static final int PORT = 8083;
  private static final int GATEWAY_PORT = 8080;
  private static final Duration BUILT_WITHIN = Duration.ofMinutes(2);
  private static final Duration UP_WITHIN = Duration.ofMinutes(2);

  private static final String PUBLIC_BASE = "busybox:1";

  /** First that of the project's test engines, which ask no registry. */
  private static final List<String> BASES = List.of("rollbook.local/busybox:1", PUBLIC_BASE);

  private static final List<String> PROGRAMS = List.of("listen", "shop", "gateway");

  private final DockerEngines engines = new DockerEngines();

  ComposeDemo(DemoFolder folder, boolean json) {
    super(folder, ENVIRONMENT, json);
  }

  @Override
  Path prepare() throws IOException {
    String project = "rollbook-demo-" + Integer.toHexString(new SecureRandom().nextInt(0x10000));
    String port = String.valueOf(freePort(PORT));
    String gatewayPort = String.valueOf(freePort(GATEWAY_PORT));
    for (String name : List.of("docker-compose.yml", "rollbook.yaml")) {
      Files.writeString(
          folder.path().resolve(name),
          DemoRepository.resource("compose/" + name)
              .replace("@project@", project)
              .replace("@port@", port)
              .replace("@gatewayPort@", gatewayPort));
    }
    Path catalog = folder.path().resolve("rollbook.yaml");
    terminal.say(terminal.bold("1. Images of three releases, the third broken"));
    compose(catalog);
    try (DockerEngine engine = engines.open(environment(catalog), () -> {})) {
      build(engine, "v1", true, project + "/shopping-service:1.0");
      build(engine, "v2", true, project + "/shopping-service:previous");
      build(
          engine,
          "v3",
          false,
          project + "/shopping-service:0.0.1-SNAPSHOT",
          project + "/api-gateway:1",
          project + "/mysql-db:1");
    }
    terminal.say("   " + folder.path().resolve("docker-compose.yml"));
    return catalog;
  }

  private void build(DockerEngine engine, String version, boolean databaseUp, String... tags)
      throws IOException {
    Path context = Files.createDirectories(folder.path().resolve("shopping-service"));
    Files.writeString(context.resolve("Dockerfile"), DemoRepository.resource("compose/Dockerfile"));
    for (String program : PROGRAMS) {
      Path file = context.resolve(program);
      Files.writeString(file, DemoRepository.resource("compose/" + program));
      if (!file.toFile().setExecutable(true)) {
        throw new IOException(file + " cannot be made executable");
      }
    }
    String base =
        BASES.stream()
            .filter(each -> engine.findImage(each).isPresent())
            .findFirst()
            .orElse(PUBLIC_BASE);
    DockerClient client = engine.client();
    engine.call(
        "build " + tags[0],
        BUILT_WITHIN,
        () ->
            client
                .buildImageCmd(context.toFile())
                .withBuildArg("base", base)
                .withBuildArg("project", tags[0].substring(0, tags[0].indexOf('/')))
                .withBuildArg("version", version)
                .withBuildArg("databaseUp", String.valueOf(databaseUp))
                .withTags(Set.copyOf(Arrays.asList(tags)))
                .exec(new BuildImageResultCallback())
                .awaitImageId());
  }

  @Override
  void deploy(Path catalog) throws IOException {
    compose(catalog).run(project(catalog), List.of("up", "-d", "--no-build"), UP_WITHIN, () -> {});
  }

  @Override
  void show(Path catalog) {
    show(environment(catalog).health().url());
    environment(catalog).checks().forEach(check -> show(check.url()));
  }

  @Override
  String whereabouts(Path catalog) {
    return environment(catalog).health().url().toString();
  }

  @Override
  void end() throws IOException {
    Path catalog = folder.path().resolve("rollbook.yaml");
    if (!Files.exists(catalog)) {
      return;
    }
    compose(catalog)
        .run(
            project(catalog),
            List.of("down", "--volumes", "--remove-orphans"),
            UP_WITHIN,
            () -> {});
    String name = environment(catalog).project().orElseThrow();
    try (DockerEngine engine = engines.open(environment(catalog), () -> {})) {
      DockerClient client = engine.client();
      List<Image> images =
          engine.call("list images", UP_WITHIN, () -> client.listImagesCmd().exec());
      for (Image image : images) {
        if (Stream.of(image.getRepoTags() == null ? new String[0] : image.getRepoTags())
            .anyMatch(tag -> tag.startsWith(name + "/"))) {
          engine.call(
              "remove " + image.getId(),
              UP_WITHIN,
              () -> client.removeImageCmd(image.getId()).withForce(true).exec());
        }
      }
    }
  }

  private static ComposeFiles project(Path catalog) {
    Path folder = catalog.getParent();
    return ComposeFiles.of(folder, List.of(folder.resolve("docker-compose.yml")))
        .named(environment(catalog).project().orElseThrow());
  }

  private ComposeCommand compose(Path catalog) {
    return new ComposeCommands(engines)
        .installed(environment(catalog), () -> {}).stream()
            .findFirst()
            .orElseThrow(
                () ->
                    new Refusal(
                        ExitCodes.USAGE,
                        "`rollbook demo compose` needs Docker Compose: neither `docker compose`"
                            + " nor `docker-compose` is on the PATH"));
  }

  private static ComposeEnvironment environment(Path catalog) {
    return CatalogOption.read(catalog).composeEnvironments().find(SERVICE, ENVIRONMENT);
  }
}
