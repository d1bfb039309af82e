package dev.rollbook.kubernetes;

import dev.rollbook.BoundedCalls;
import dev.rollbook.Elapsed;
import dev.rollbook.PlainText;
import dev.rollbook.kubernetes.ClusterFailure.Conflict;
import dev.rollbook.kubernetes.ClusterFailure.Missing;
import dev.rollbook.kubernetes.ClusterFailure.NotAdmitted;
import dev.rollbook.kubernetes.ClusterFailure.PermissionDenied;
import dev.rollbook.kubernetes.ClusterFailure.Refused;
import dev.rollbook.kubernetes.ClusterFailure.Unreachable;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** What went wrong between the worker and an API server, in plain words. */
final class ClusterTrouble implements BoundedCalls.Trouble {

  private static final int LONGEST = 2_000;

  /** They choose the status themselves, often one that stands for missing rights. */
  private static final Pattern ADMISSION =
      Pattern.compile("(admission webhook|ValidatingAdmissionPolicy) .*denied (the )?request");

  private final String server;

  /**
   * @param server its address
   */
  ClusterTrouble(String server) {
    this.server = server;
  }

  @Override
  public RuntimeException of(String what, Throwable thrown) {
    if (thrown instanceof ClusterFailure failure) {
      return failure;
    }
    if (thrown instanceof KubernetesClientException refused && refused.getCode() > 0) {
      return refusal(what, refused);
    }
    Optional<Throwable> broken =
        first(thrown, ClusterTrouble::isTelling)
            .or(() -> first(thrown, IOException.class::isInstance));
    if (broken.isPresent()) {
      return broken(what, broken.get());
    }
    if (thrown instanceof KubernetesClientException unclear) {
      return unreachable("`" + what + "` broke off: " + said(unclear), unclear);
    }
    return thrown instanceof RuntimeException unexpected
        ? unexpected
        : new IllegalStateException(what + ": " + thrown, thrown);
  }

  @Override
  public RuntimeException silence(String what, Duration within) {
    return new Unreachable(
        "The API server %s did not answer `%s` within %s"
            .formatted(server, what, Elapsed.describe(within)),
        null);
  }

  private ClusterFailure refusal(String what, KubernetesClientException refused) {
    String message = what + ": " + said(refused);
    if (ADMISSION.matcher(message).find()) {
      return new NotAdmitted(message, refused);
    }
    return switch (refused.getCode()) {
      case 401 ->
          new PermissionDenied(
              message + "; the API server does not know the worker's credentials", refused);
      case 403 -> new PermissionDenied(message, refused);
      case 404 -> new Missing(message, refused);
      case 409 -> new Conflict(message, refused);
      case 422 ->
          namesObject(refused) ? new NotAdmitted(message, refused) : new Conflict(message, refused);
      default -> new Refused(refused.getCode(), retryAfter(refused), message, refused);
    };
  }

  /** Of a JSON Patch that cannot be applied, as by its own test, nothing more is said. */
  private static boolean namesObject(KubernetesClientException refused) {
    StatusDetails details = refused.getStatus() == null ? null : refused.getStatus().getDetails();
    return details != null && (details.getName() != null || !details.getCauses().isEmpty());
  }

  private static Duration retryAfter(KubernetesClientException refused) {
    boolean tells = refused.getStatus() != null && refused.getStatus().getDetails() != null;
    Integer seconds = tells ? refused.getStatus().getDetails().getRetryAfterSeconds() : null;
    return seconds == null ? null : Duration.ofSeconds(seconds);
  }

  /** The server's own message, without what the client writes around it. */
  private static String said(KubernetesClientException refused) {
    boolean spoke = refused.getStatus() != null && refused.getStatus().getMessage() != null;
    String text =
        PlainText.of(spoke ? refused.getStatus().getMessage() : refused.getMessage()).strip();
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }

  private static Optional<Throwable> first(Throwable thrown, Predicate<Throwable> wanted) {
    return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause).filter(wanted).findFirst();
  }

  /** The client wraps these into others that say nothing. */
  private static boolean isTelling(Throwable cause) {
    return cause instanceof SSLException || isUnknownHost(cause) || isRefused(cause);
  }

  private static boolean isUnknownHost(Throwable cause) {
    return cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException;
  }

  /** The JDK's client says the same of a host that it does not know, with that as its cause. */
  private static boolean isRefused(Throwable cause) {
    return cause instanceof ConnectException
        && first(cause, ClusterTrouble::isUnknownHost).isEmpty();
  }

  private ClusterFailure broken(String what, Throwable e) {
    if (e instanceof SSLException) {
      return unreachable(
          "the TLS connection failed: "
              + e.getMessage()
              + "; look at the kubeconfig's server and certificate-authority",
          e);
    }
    if (isUnknownHost(e)) {
      return unreachable("its host name is not known here; correct 'kubeconfig' or 'context'", e);
    }
    if (isRefused(e)) {
      return unreachable(
          "the connection was refused: nothing listens there; correct 'kubeconfig' or 'context', or wait for the API server",
          e);
    }
    return unreachable("`" + what + "` broke off: " + e, e);
  }

  private Unreachable unreachable(String why, Throwable e) {
    return new Unreachable("The API server " + server + " does not answer: " + why, e);
  }
}
