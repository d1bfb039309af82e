package dev.rollbook.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rollbook.KeptStop;
import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a service on this machine ran when it was stopped, on record with the stop.
 *
 * @param head where the work tree was; null when that could not be told
 * @param version what was built there; null as well
 * @param isBuilt false when a rollback had moved the work tree and was stopped before its build was
 *     done
 * @param start the catalog's command, then
 * @param releases that have begun to start it again
 */
record StoppedProcess(
    String head,
    Version version,
    boolean isBuilt,
    List<String> start,
    Path directory,
    List<String> releases) {

  StoppedProcess {
    start = List.copyOf(start);
    releases = List.copyOf(releases);
  }

  /** Before anything is ended: later nobody can tell what version a process was started from. */
  static StoppedProcess of(
      PinnedService service,
      LocalEnvironment local,
      PlanFolder plan,
      MachineProcesses machine,
      Git git)
      throws IOException {
    Optional<String> head = git.commit("HEAD");
    boolean isMoved =
        head.isPresent() && service.from() != null && !head.get().equals(service.from().id());
    Optional<Version> running =
        isMoved || service.local().listener() == null
            ? Optional.empty()
            : PlanFolder.versionOf(service.local().listener().pid(), machine);
    Version version =
        running.isPresent() || head.isEmpty()
            ? running.orElse(null)
            : Version.commit(head.get(), git.label(head.get()));
    boolean isBuilt = !isMoved || plan.job("build").exitCode().orElse(1) == 0;
    return new StoppedProcess(
        head.orElse(null),
        version,
        isBuilt,
        local.start().argv(),
        local.start().directory(),
        List.of());
  }

  static StoppedProcess of(KeptStop stop) {
    try {
      return Payloads.mapper().treeToValue(stop.before(), StoppedProcess.class);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  StoppedProcess begunBy(String release) {
    List<String> all = new ArrayList<>(releases);
    all.remove(release);
    all.add(release);
    return new StoppedProcess(head, version, isBuilt, start, directory, all);
  }

  Command command(Duration within) {
    return new Command(start, directory, within);
  }

  void keepIn(KeptStop stop) {
    stop.before().setAll((ObjectNode) Payloads.mapper().valueToTree(this));
  }
}
