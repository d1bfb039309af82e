package dev.rollbook.compose;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.PinnedService;
import dev.rollbook.compose.ComposePin.Pin;
import dev.rollbook.compose.ShopSteps.Means;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A container that uses what Compose offers, before and after: raw inspect, compared. */
@NeedsDocker
@Timeout(value = 5, unit = MINUTES)
class ContainerFeaturesTest {

  /** What each start of any container makes anew, or what lies in the image. */
  private static final Set<String> OWN =
      Set.of("Image", "Hostname", "Env", "Labels", "Volumes", "ExposedPorts", "WorkingDir");

  @TempDir Path project;
  @TempDir Path state;

  @ParameterizedTest
  @EnumSource(Means.class)
  void only_the_images_own_parts_differ(Means means) throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.build(
          "bad",
          "UP",
          "ENV ONLY_BAD=1",
          "LABEL onlybad=1",
          "VOLUME /imagedata",
          "EXPOSE 9999",
          "WORKDIR /tmp",
          "HEALTHCHECK --interval=7s CMD /bin/false");
      shop.build("good", "UP", "VOLUME /imagedata", "EXPOSE 8888", "WORKDIR /www");
      shop.docker("tag", shop.image("bad"), shop.image("latest"));
      shop.write("docker-compose.yml", features(shop));
      shop.up(means.cli());
      shop.docker(
          "exec", shop.container(), "/bin/sh", "-c", "echo a >/data/kept; echo b >/imagedata/kept");
      JsonNode before = shop.inspect();
      PinnedService pinned = ShopSteps.pinned(shop, "good", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      ShopSteps steps = new ShopSteps(shop, state, means);

      steps.stop(pinned);
      steps.restart(pinned);

      JsonNode after = shop.inspect();
      assertEquals(shop.imageId("good"), after.path("Image").asText());
      assertEquals(config(before), config(after));
      assertEquals(hostConfig(before), hostConfig(after));
      assertEquals(mounts(before), mounts(after));
      assertEquals(networks(before), networks(after));
      assertImagesOwnParts(after.path("Config"), means);
      assertEquals(services(before, shop, "bad", "Env"), services(after, shop, "good", "Env"));
      assertEquals(
          services(before, shop, "bad", "Labels"), services(after, shop, "good", "Labels"));
      assertEquals(
          "a\nb",
          shop.docker("exec", shop.container(), "/bin/cat", "/data/kept", "/imagedata/kept"));

      // by now they have a name, so that no container takes them with it
      shop.docker("rm", "--force", shop.container());
      after.path("Mounts").findValuesAsText("Name").stream()
          .distinct()
          .forEach(name -> shop.docker("volume", "rm", name));
    }
  }

  /** What the compose file leaves to the image is the good image's, not the bad one's. */
  @ParameterizedTest
  @EnumSource(Means.class)
  void what_the_service_does_not_say_is_the_good_images(Means means) throws IOException {
    try (ComposeShop shop = new ComposeShop(project)) {
      shop.build(
          "bad",
          "UP",
          "ENTRYPOINT [\"/bin/sh\",\"-c\",\"exec $*\",\"bad\"]",
          "USER 0:0",
          "STOPSIGNAL SIGQUIT",
          "HEALTHCHECK --interval=7s --retries=9 CMD /bin/false",
          "CMD [\"/bin/sh\",\"/serve.sh\",\"bad\"]");
      shop.build(
          "good",
          "UP",
          "ENTRYPOINT [\"/bin/sh\",\"-c\",\"exec $*\",\"good\"]",
          "HEALTHCHECK --interval=1s CMD /bin/true",
          "CMD [\"/bin/sh\",\"/serve.sh\",\"good\"]");
      shop.docker("tag", shop.image("bad"), shop.image("latest"));
      shop.write("docker-compose.yml", shop.composeFile() + "    stop_grace_period: 1s\n");
      shop.up(means.cli());
      PinnedService pinned = ShopSteps.pinned(shop, "good", Pin.EDIT);
      ShopSteps.edit(shop, pinned);
      ShopSteps steps = new ShopSteps(shop, state, means);

      steps.stop(pinned);
      steps.restart(pinned);

      String fresh =
          shop.docker("create", "--name", "fresh-" + shop.suffix(), pinned.target().id());
      JsonNode expected = shop.engine().inspectContainer(fresh).path("Config");
      JsonNode config = shop.inspect().path("Config");
      for (String own : List.of("Entrypoint", "Cmd", "User", "StopSignal", "Healthcheck")) {
        assertEquals(expected.path(own), config.path(own), own);
      }
    }
  }

  /** Without what the image brings, and the marks by which Compose knows its own again. */
  private static Set<String> services(
      JsonNode inspect, ComposeShop shop, String image, String part) {
    Set<String> texts = entries(inspect.path("Config").path(part));
    texts.removeAll(
        entries(shop.engine().inspectImage(shop.image(image)).path("Config").path(part)));
    texts.removeIf(
        each ->
            each.startsWith("affinity:")
                || each.matches(
                    "com\\.docker\\.compose\\.(config-hash|image|replace|project\\.config_files)=.*"));
    assertFalse(texts.isEmpty());
    return texts;
  }

  private static Set<String> entries(JsonNode part) {
    if (part.isArray()) {
      return texts(part);
    }
    Set<String> entries = new TreeSet<>();
    part.properties().forEach(each -> entries.add(each.getKey() + "=" + each.getValue().asText()));
    return entries;
  }

  private static void assertImagesOwnParts(JsonNode config, Means means) {
    Set<String> env = texts(config.path("Env"));
    assertTrue(
        env.containsAll(Set.of("APP_VERSION=good", "MINE=1", "APP_HEALTH=UP")), env.toString());
    assertFalse(env.contains("ONLY_BAD=1"), env.toString());
    // v1 itself leaves a word for Swarm
    assertEquals(
        means == Means.V1, env.stream().anyMatch(each -> each.startsWith("affinity:")), "" + env);
    assertEquals("/www", config.path("WorkingDir").asText());
    assertEquals("good", config.path("Labels").path("version").asText());
    assertEquals("kept", config.path("Labels").path("mine").asText());
    assertFalse(config.path("Labels").has("onlybad"));
    assertTrue(config.path("ExposedPorts").has("8888/tcp"));
    assertTrue(config.path("ExposedPorts").has("8083/tcp"));
    assertFalse(config.path("ExposedPorts").has("9999/tcp"));
  }

  private static ObjectNode config(JsonNode inspect) {
    ObjectNode config = inspect.path("Config").deepCopy();
    OWN.forEach(config::remove);
    return config;
  }

  /** Binds name an anonymous volume once it has outlived its first container. */
  private static ObjectNode hostConfig(JsonNode inspect) {
    ObjectNode host = inspect.path("HostConfig").deepCopy();
    host.remove("Binds");
    host.remove("Mounts");
    host.remove("VolumesFrom");
    host.remove("Links");
    return host;
  }

  private static Map<String, String> mounts(JsonNode inspect) {
    Map<String, String> mounts = new TreeMap<>();
    for (JsonNode mount : inspect.path("Mounts")) {
      mounts.put(
          mount.path("Destination").asText(),
          "%s %s %s %s"
              .formatted(
                  mount.path("Type").asText(),
                  mount.path("Name").asText(),
                  mount.path("Source").asText(),
                  mount.path("RW").asBoolean()));
    }
    assertEquals(5, mounts.size(), mounts.toString());
    return mounts;
  }

  private static Map<String, String> networks(JsonNode inspect) {
    Map<String, String> networks = new TreeMap<>();
    String shortId = inspect.path("Id").asText().substring(0, 12);
    inspect
        .path("NetworkSettings")
        .path("Networks")
        .properties()
        .forEach(
            each -> {
              Set<String> aliases = texts(each.getValue().path("Aliases"));
              aliases.remove(shortId);
              networks.put(
                  each.getKey(),
                  "%s %s %s"
                      .formatted(
                          aliases,
                          each.getValue().path("IPAMConfig").path("IPv4Address").asText(),
                          each.getValue().path("NetworkID").asText()));
            });
    assertEquals(2, networks.size(), networks.toString());
    return networks;
  }

  private static Set<String> texts(JsonNode values) {
    Set<String> texts = new TreeSet<>();
    values.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  private String features(ComposeShop shop) {
    int number = Math.floorMod(shop.suffix().hashCode(), 64 * 256);
    String subnet = "10." + (64 + number / 256) + "." + number % 256;
    return """
        version: "2.4"
        services:
          shop:
            image: %1$s
            ports: ["127.0.0.1:%2$d:8083"]
            restart: unless-stopped
            environment: {MINE: "1"}
            labels: {mine: kept}
            entrypoint: ["/bin/sh"]
            command: ["/serve.sh"]
            user: "0:0"
            healthcheck: {test: ["CMD", "/bin/true"], interval: 3s, timeout: 2s, retries: 4}
            stop_signal: SIGINT
            stop_grace_period: 1s
            cap_add: [NET_ADMIN]
            cap_drop: [MKNOD]
            mem_limit: 64m
            pids_limit: 50
            ulimits: {nofile: 1024}
            logging: {driver: json-file, options: {max-size: 1m}}
            tmpfs: [/scratch]
            sysctls: {net.ipv4.ip_unprivileged_port_start: "1000"}
            extra_hosts: ["there:10.1.2.3"]
            shm_size: 16m
            init: true
            read_only: false
            volumes:
              - /data
              - named:/named
              - ./image:/bound:ro
              - type: volume
                source: named
                target: /long
            networks:
              first: {aliases: [counter], ipv4_address: %3$s.10}
              second: {aliases: [till]}
        volumes:
          named: {}
        networks:
          first:
            ipam: {config: [{subnet: %3$s.0/24}]}
          second: {}
        """
        .formatted(shop.image("latest"), shop.port(), subnet);
  }
}
