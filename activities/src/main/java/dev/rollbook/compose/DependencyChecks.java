package dev.rollbook.compose;

import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import dev.rollbook.compose.ComposeEnvironment.Dependency;
import dev.rollbook.verification.CheckResult;
import dev.rollbook.verification.HttpCheck;
import dev.rollbook.verification.HttpProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The runbook's "롤백 후에도 서비스 불안정": does what the service depends on answer? */
final class DependencyChecks {

  private final ComposePin pin;
  private final DockerEngine engine;
  private final Redaction redaction;
  private final Heartbeat heartbeat;
  private final HttpProbe probe = new HttpProbe();

  DependencyChecks(
      PinnedService service, DockerEngine engine, Redaction redaction, Heartbeat heartbeat) {
    this.pin = service.compose();
    this.engine = engine;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  ComposeHealth.Dependencies check(List<Dependency> dependencies, int attempt) {
    List<String> down = new ArrayList<>();
    List<String> databases = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    List<String> told = new ArrayList<>();
    for (Dependency dependency : dependencies) {
      heartbeat.beat("asking " + dependency.name());
      Reachability seen = ask(dependency);
      told.add(dependency.name() + ": " + seen.answer().word() + ": " + seen.words());
      if (seen.answer() == Reachability.Answer.DOWN) {
        down.add(dependency.name());
        if (dependency.database()) {
          databases.add(dependency.name());
        }
      } else if (seen.answer() == Reachability.Answer.UNKNOWN) {
        unknown.add(dependency.name());
      }
    }
    String text = redaction.clean(Evidence.plain(String.join("\n", told)));
    return new ComposeHealth.Dependencies(
        down,
        databases,
        StepReport.alreadyDone(
            summary(dependencies.size(), down, unknown),
            Evidence.beginning(text, Evidence.LIMIT),
            attempt));
  }

  private static String summary(int all, List<String> down, List<String> unknown) {
    if (all == 0) {
      return "no dependencies configured";
    }
    List<String> parts = new ArrayList<>();
    parts.add(
        down.isEmpty()
            ? all - unknown.size() + " of " + all + " answer"
            : "down: " + String.join(", ", down));
    if (!unknown.isEmpty()) {
      parts.add("cannot be told: " + String.join(", ", unknown));
    }
    return String.join("; ", parts);
  }

  private Reachability ask(Dependency dependency) {
    if (dependency.url().isPresent()) {
      return askUrl(dependency.url().get());
    }
    return dependency.tcp().isPresent()
        ? askPort(dependency.tcp().get())
        : askContainers(dependency.service().orElseThrow());
  }

  private Reachability askUrl(HttpCheck check) {
    CheckResult result = CheckResult.of(check, probe, redaction, heartbeat);
    return result.passed()
        ? Reachability.up(result.describe())
        : Reachability.down(result.describe());
  }

  private Reachability askPort(String address) {
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon).replaceAll("^\\[|]$", "");
    int port = Integer.parseInt(address.substring(colon + 1));
    List<ContainerState> states = ServiceContainers.of(engine, pin).states();
    Optional<ContainerState> asks =
        states.stream()
            .filter(state -> state.status().equals("running"))
            .findFirst()
            .or(() -> states.stream().findFirst());
    return asks.map(state -> new ServiceNetwork(engine, state).connect(host, port))
        .orElseGet(
            () ->
                Reachability.unknown("there is no container of " + pin.service() + " to ask from"));
  }

  private Reachability askContainers(String service) {
    List<ContainerState> states = new ServiceContainers(engine, pin.project(), service).states();
    if (states.isEmpty()) {
      return Reachability.down(
          "missing: project " + pin.project() + " has no container of service " + service);
    }
    String words =
        states.stream().map(DependencyChecks::describe).collect(Collectors.joining(", "));
    return states.stream().allMatch(ContainerState::isWell)
        ? Reachability.up(words)
        : Reachability.down(words);
  }

  private static String describe(ContainerState state) {
    String word =
        switch (state.status()) {
          case "running" -> "running" + state.health().map(health -> ", " + health).orElse("");
          case "exited", "dead" -> "stopped, " + state.ending();
          case "restarting" ->
              "restarting, " + state.restarts() + " times so far, " + state.ending();
          default -> state.status();
        };
    return state.name() + " " + word;
  }
}
