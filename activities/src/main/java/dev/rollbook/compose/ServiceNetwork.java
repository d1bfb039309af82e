package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A TCP port as one container sees it: asked within the container, where it has a shell with
 * something to connect with, else from here at the address that its networks give the name.
 */
final class ServiceNetwork {

  private static final int CONNECTS_WITHIN_MILLIS = 3000;

  private final DockerEngine engine;
  private final ContainerExec exec;
  private final ContainerState container;

  ServiceNetwork(DockerEngine engine, ContainerState container) {
    this.engine = engine;
    this.exec = new ContainerExec(engine);
    this.container = container;
  }

  Reachability connect(String host, int port) {
    return fromInside(host, port).orElseGet(() -> fromHere(host, port));
  }

  private Optional<Reachability> fromInside(String host, int port) {
    if (!container.status().equals("running")) {
      return Optional.empty();
    }
    Optional<ContainerExec.Ended> ended =
        exec.run(
            container.id(),
            List.of("sh", "-c", ContainerExec.CONNECT, "rollbook", host, String.valueOf(port)));
    String where = "from inside " + container.name();
    return ended
        .filter(end -> end.exitCode() == 0 || end.exitCode() == ContainerExec.NOT_CONNECTED)
        .map(
            end ->
                end.exitCode() == 0
                    ? Reachability.up("connected " + where)
                    : Reachability.down("no connection " + where + ": " + firstLine(end.output())));
  }

  private static String firstLine(String text) {
    return text.strip().lines().findFirst().orElse("no answer");
  }

  /** A container that cannot be asked, having no shell, or having ended. */
  private Reachability fromHere(String host, int port) {
    String why =
        container.status().equals("running")
            ? container.name() + " has no shell with nc or bash to ask from inside"
            : container.name() + " does not run, so that nothing can be asked from inside";
    List<String> addresses = addresses(host);
    if (addresses.isEmpty()) {
      return Reachability.unknown(why + ", and no container of its networks has that name");
    }
    String address = addresses.get(0);
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), CONNECTS_WITHIN_MILLIS);
      return Reachability.up("connected from here to " + address + " (" + why + ")");
    } catch (ConnectException e) {
      return String.valueOf(e.getMessage()).contains("refused")
          ? Reachability.down(
              "connection refused by " + address + " (asked from here; " + why + ")")
          : Reachability.unknown(why + ", and " + address + " cannot be reached from here");
    } catch (IOException e) {
      return Reachability.unknown(why + ", and " + address + " cannot be reached from here");
    }
  }

  private List<String> addresses(String host) {
    List<String> addresses = new ArrayList<>();
    JsonNode networks =
        engine.inspectContainer(container.id()).path("NetworkSettings").path("Networks");
    for (String network : (Iterable<String>) networks::fieldNames) {
      JsonNode members =
          engine.get("/networks/" + DockerEngine.encoded(network)).path("Containers");
      for (String id : (Iterable<String>) members::fieldNames) {
        engine
            .findContainer(id)
            .filter(member -> isCalled(member, network, host))
            .map(member -> endpoint(member, network).path("IPAddress").asText())
            .filter(address -> !address.isEmpty())
            .ifPresent(addresses::add);
      }
    }
    return addresses;
  }

  private static boolean isCalled(JsonNode member, String network, String host) {
    List<String> names = new ArrayList<>(List.of(member.path("Name").asText().substring(1)));
    endpoint(member, network).path("Aliases").forEach(alias -> names.add(alias.asText()));
    endpoint(member, network).path("DNSNames").forEach(alias -> names.add(alias.asText()));
    names.add(endpoint(member, network).path("IPAddress").asText());
    return names.contains(host);
  }

  private static JsonNode endpoint(JsonNode member, String network) {
    return member.path("NetworkSettings").path("Networks").path(network);
  }
}
