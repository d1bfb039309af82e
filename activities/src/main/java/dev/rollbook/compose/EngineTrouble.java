package dev.rollbook.compose;

import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import dev.rollbook.BoundedCalls;
import dev.rollbook.Elapsed;
import dev.rollbook.Payloads;
import dev.rollbook.PlainText;
import dev.rollbook.compose.EngineFailure.EngineUnreachable;
import dev.rollbook.compose.EngineFailure.Missing;
import dev.rollbook.compose.EngineFailure.PermissionDenied;
import dev.rollbook.compose.EngineFailure.Refused;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/** What went wrong between the worker and an engine, in plain words. */
final class EngineTrouble implements BoundedCalls.Trouble {

  private static final int LONGEST = 2_000;

  private final URI host;

  EngineTrouble(URI host) {
    this.host = host;
  }

  /** What a call threw, as one of ours; whatever is not the engine's is thrown as it is. */
  @Override
  public RuntimeException of(String what, Throwable thrown) {
    if (thrown instanceof EngineFailure failure) {
      return failure;
    }
    if (thrown instanceof DockerException refused) {
      return refusal(refused.getHttpStatus(), refused.getMessage(), refused);
    }
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException io) {
        return broken(what, io);
      }
    }
    return thrown instanceof RuntimeException unexpected
        ? unexpected
        : new IllegalStateException(what + ": " + thrown, thrown);
  }

  @Override
  public RuntimeException silence(String what, Duration within) {
    return new EngineUnreachable(
        "The Docker Engine at %s did not answer `%s` within %s"
            .formatted(host, what, Elapsed.describe(within)),
        null);
  }

  EngineFailure refusal(int status, String body, Throwable seen) {
    String message = said(body);
    return status == 404 || seen instanceof NotFoundException
        ? new Missing(message, seen)
        : new Refused(status, message.isEmpty() ? "status " + status : message, seen);
  }

  /** The engine's {@code {"message": "…"}} without what is around it. */
  private static String said(String body) {
    String text = PlainText.of(body == null ? "" : body).strip();
    int json = text.indexOf('{');
    if (json >= 0) {
      try {
        String message =
            Payloads.mapper().readTree(text.substring(json)).path("message").asText("").strip();
        text = message.isEmpty() ? text : message;
      } catch (IOException e) {
        // not JSON: as it is
      }
    }
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }

  private EngineFailure broken(String what, IOException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Permission denied")) {
      return new PermissionDenied(denied(), e);
    }
    if (e instanceof UnknownHostException) {
      return unreachable("its host name is not known here; correct 'engine' or DOCKER_HOST", e);
    }
    if (isSocket() && !Files.exists(socket())) {
      return unreachable(
          "there is no such socket: start the engine ('systemctl start docker'), or say in 'engine' or DOCKER_HOST where it listens",
          e);
    }
    if (e instanceof ConnectException || message.contains("refused")) {
      return unreachable(
          "the connection was refused: nothing listens there; start the engine, or correct 'engine' or DOCKER_HOST",
          e);
    }
    return unreachable("`" + what + "` broke off: " + message, e);
  }

  private EngineFailure unreachable(String why, IOException e) {
    return new EngineUnreachable("The Docker Engine at " + host + " does not answer: " + why, e);
  }

  private String denied() {
    String user = System.getProperty("user.name");
    String start = "Permission denied on " + host + " for user '" + user + "'";
    try {
      PosixFileAttributes file =
          Files.readAttributes(socket(), PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      String group = file.group().getName();
      return "%s: it belongs to %s:%s (%s). Add the user to that group ('usermod -aG %s %s'), log in again, and start the worker anew; that group is as good as root on this machine"
          .formatted(
              start,
              file.owner().getName(),
              group,
              PosixFilePermissions.toString(file.permissions()),
              group,
              user);
    } catch (IOException | UnsupportedOperationException e) {
      return start + ", which may not even look at it; run the worker as a user of its group";
    }
  }

  private boolean isSocket() {
    return "unix".equals(host.getScheme());
  }

  private Path socket() {
    return Path.of(host.getPath());
  }
}
