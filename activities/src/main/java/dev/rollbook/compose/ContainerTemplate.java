package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.Failures;
import dev.rollbook.Payloads;
import dev.rollbook.compose.ComposePlanFolder.Snapshot;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A container as it was asked for, read back from what the engine made of it: without what was the
 * old image's own, or the old container's.
 */
final class ContainerTemplate {

  private final ServiceContainer container;
  private final JsonNode hostConfig;
  private final String networkMode;
  private final JsonNode imageConfig;
  private final OwnSettings own;

  /**
   * @param own kept even where the old image sets them to the same value
   * @throws io.temporal.failure.ApplicationFailure RestartFailed when the old image is not known:
   *     what is the container's own cannot be told then
   */
  ContainerTemplate(Snapshot snapshot, OwnSettings own) {
    this.own = own;
    this.container = snapshot.container();
    this.hostConfig = container.inspect().path("HostConfig");
    this.networkMode = hostConfig.path("NetworkMode").asText();
    this.imageConfig =
        snapshot
            .image()
            .map(image -> image.path("Config"))
            .filter(JsonNode::isObject)
            .orElseThrow(
                () ->
                    Failures.hopeless(
                        "RestartFailed",
                        "The image %s of %s is gone, so that what was asked for of the container cannot be told from what was the image's; it was not created again over the API. Start it with Compose."
                            .formatted(container.image(), container.describe())));
  }

  /** For {@code POST /containers/create}. */
  ObjectNode body(String image) {
    ObjectNode body = container.inspect().path("Config").deepCopy();
    new ImageDefaults(imageConfig, own).subtractFrom(body);
    body.put("Image", image);
    dropOldOnesOwn(body);
    keepPublishedPorts(body);
    ObjectNode host = hostConfig.deepCopy();
    rewriteLinks(host);
    new AnonymousVolumes(container.inspect().path("Mounts")).bindIn(host);
    body.set("HostConfig", host);
    first()
        .ifPresent(
            network ->
                body.putObject("NetworkingConfig")
                    .putObject("EndpointsConfig")
                    .set(networkMode, endpoint(network)));
    return body;
  }

  /**
   * By name; before API 1.44 a container is created in one network only, and is connected to the
   * others afterwards, before it is started.
   */
  Map<String, ObjectNode> otherNetworks() {
    Map<String, ObjectNode> others = new TreeMap<>();
    if (networkMode.startsWith("container:") || networkMode.equals("host")) {
      return others;
    }
    for (Entry<String, JsonNode> each : networks().properties()) {
      if (!isFirst(each.getKey(), each.getValue())) {
        others.put(each.getKey(), endpoint(each.getValue()));
      }
    }
    return others;
  }

  private void dropOldOnesOwn(ObjectNode body) {
    boolean shared = networkMode.startsWith("container:");
    if (shared
        || body.path("Hostname").asText().equals(container.shortId())
        || hostConfig.path("UTSMode").asText().equals("host")) {
      body.remove("Hostname");
    }
    if (shared) {
      body.remove("ExposedPorts");
      body.remove("MacAddress");
    }
    if (networkMode.equals("host") || body.path("MacAddress").asText().isEmpty()) {
      body.remove("MacAddress");
    }
    if (body.get("Env") instanceof ArrayNode env) {
      for (int i = env.size() - 1; i >= 0; i--) {
        if (env.get(i).asText().startsWith("affinity:container=")) {
          env.remove(i);
        }
      }
    }
  }

  private void keepPublishedPorts(ObjectNode body) {
    JsonNode published = hostConfig.path("PortBindings");
    if (!published.isEmpty()) {
      ObjectNode exposed =
          body.get("ExposedPorts") instanceof ObjectNode some
              ? some
              : body.putObject("ExposedPorts");
      published.fieldNames().forEachRemaining(port -> exposed.putObject(port));
    }
  }

  /** The engine tells {@code /db:/shop/alias} and wants {@code db:alias}. */
  private static void rewriteLinks(ObjectNode host) {
    if (host.get("Links") instanceof ArrayNode links) {
      for (int i = 0; i < links.size(); i++) {
        String[] link = links.get(i).asText().split(":", 2);
        if (link.length == 2) {
          String alias = link[1].substring(link[1].lastIndexOf('/') + 1);
          links.set(i, links.textNode(link[0].replaceFirst("^/", "") + ":" + alias));
        }
      }
    }
  }

  private Optional<JsonNode> first() {
    for (Entry<String, JsonNode> each : networks().properties()) {
      if (isFirst(each.getKey(), each.getValue())) {
        return Optional.of(each.getValue()).filter(n -> isUserDefined());
      }
    }
    return Optional.empty();
  }

  private boolean isFirst(String name, JsonNode network) {
    return name.equals(networkMode)
        || network.path("NetworkID").asText("-").equals(networkMode)
        || (networkMode.equals("default") && name.equals("bridge"));
  }

  /** The others know neither aliases nor addresses. */
  private boolean isUserDefined() {
    return !networkMode.equals("default")
        && !networkMode.equals("bridge")
        && !networkMode.equals("host")
        && !networkMode.equals("none");
  }

  private JsonNode networks() {
    return container.inspect().path("NetworkSettings").path("Networks");
  }

  private ObjectNode endpoint(JsonNode network) {
    ObjectNode endpoint = Payloads.mapper().createObjectNode();
    for (String name : new String[] {"IPAMConfig", "Links", "DriverOpts", "GwPriority"}) {
      if (network.hasNonNull(name)) {
        endpoint.set(name, network.get(name));
      }
    }
    ArrayNode aliases = endpoint.putArray("Aliases");
    network
        .path("Aliases")
        .forEach(
            alias -> {
              if (!alias.asText().equals(container.shortId())) {
                aliases.add(alias);
              }
            });
    String mac = network.path("MacAddress").asText("");
    if (!mac.isEmpty()
        && mac.equals(container.inspect().path("Config").path("MacAddress").asText())) {
      // else the engine's own choice, which it makes again
      endpoint.put("MacAddress", mac);
    }
    return endpoint;
  }
}
