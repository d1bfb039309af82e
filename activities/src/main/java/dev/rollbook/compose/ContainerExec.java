package dev.rollbook.compose;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.ExecCreateCmdResponse;
import com.github.dockerjava.api.model.Frame;
import dev.rollbook.Evidence;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One short command within a running container. */
final class ContainerExec {

  static final int NOT_CONNECTED = 61;

  /**
   * Connects to host {@code $1}, port {@code $2}: exits 0, or 61 when there is no connection, or 69
   * when there is nothing to connect with. Netcats differ: one has {@code -z}, BusyBox a program to
   * run once connected. Each ends by itself, since nobody could end it from outside.
   */
  static final String CONNECT =
      String.join(
          "\n",
          "if command -v nc >/dev/null 2>&1; then",
          "  said=$(nc -z -w 3 \"$1\" \"$2\" 2>&1 </dev/null) && exit 0",
          "  case \"$said\" in",
          "    *option*|*sage:*)",
          "      said=$(nc -w 3 \"$1\" \"$2\" -e true 2>&1 </dev/null) && exit 0 ;;",
          "  esac",
          "  echo \"$said\"; exit 61",
          "fi",
          "if command -v bash >/dev/null 2>&1; then",
          "  bash -c 'exec 3<>\"/dev/tcp/$0/$1\"' \"$1\" \"$2\" 2>&1 & asked=$!",
          "  (sleep 3; kill -9 $asked) >/dev/null 2>&1 &",
          "  wait $asked && exit 0",
          "  exit 61",
          "fi",
          "exit 69");

  private static final Duration WITHIN = Duration.ofSeconds(10);
  private static final int OUTPUT = 4 * 1024;

  private final DockerEngine engine;

  ContainerExec(DockerEngine engine) {
    this.engine = engine;
  }

  record Ended(int exitCode, String output) {}

  /** Empty when it could not be run there, or did not end in time. */
  Optional<Ended> run(String container, List<String> command) {
    try {
      return Optional.of(
          engine.call("exec in " + container, WITHIN, () -> exec(container, command)));
    } catch (EngineFailure.EngineUnreachable
        | EngineFailure.Refused
        | EngineFailure.Missing cannot) {
      return Optional.empty();
    }
  }

  private Ended exec(String container, List<String> command) throws InterruptedException {
    ExecCreateCmdResponse exec =
        engine
            .client()
            .execCreateCmd(container)
            .withAttachStdout(true)
            .withAttachStderr(true)
            .withCmd(command.toArray(String[]::new))
            .exec();
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (ResultCallback.Adapter<Frame> said =
        new ResultCallback.Adapter<>() {
          @Override
          public void onNext(Frame frame) {
            output.writeBytes(frame.getPayload());
          }
        }) {
      engine.client().execStartCmd(exec.getId()).exec(said).awaitCompletion();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Long exitCode = engine.client().inspectExecCmd(exec.getId()).exec().getExitCodeLong();
    String text = Evidence.beginning(output.toString(StandardCharsets.UTF_8), OUTPUT);
    return new Ended(exitCode == null ? -1 : exitCode.intValue(), text);
  }
}
