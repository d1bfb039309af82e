package dev.rollbook;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.envconfig.ClientConfigProfile;
import io.temporal.envconfig.LoadClientConfigProfileOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The Temporal service an operator has named: by {@code TEMPORAL_ADDRESS}, {@code TEMPORAL_PROFILE}
 * or the default profile of Temporal's configuration file, the same as for the {@code temporal}
 * command.
 */
public final class ConfiguredTemporal {

  /** In an incident both machines may have much to do; one that refuses says so at once. */
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(10);

  private static final String FILE = "TEMPORAL_CONFIG_FILE";

  /** What people name to have none; to find nothing in it takes as long as to connect. */
  private static final String NO_FILE = "/dev/null";

  private static final String BREAK_GLASS =
      "; when it is Temporal that is down, unset TEMPORAL_ADDRESS and TEMPORAL_PROFILE (and set "
          + FILE
          + "=/dev/null if a file names it) to roll back with the embedded engine";

  private final ClientConfigProfile settings;
  private final String profile;

  private ConfiguredTemporal(ClientConfigProfile settings, String profile) {
    this.settings = settings;
    this.profile = profile;
  }

  /**
   * @return empty when nothing names a Temporal service
   * @throws IllegalStateException when the configuration cannot be read, or lacks the profile
   */
  public static Optional<ConfiguredTemporal> in(Map<String, String> environment) {
    requireNamedFile(environment);
    Optional<String> profile = set(environment, "TEMPORAL_PROFILE");
    ClientConfigProfile settings;
    try {
      settings = load(environment, profile);
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException(
          "Temporal's configuration cannot be used (profile "
              + profile.orElse("default")
              + ", file "
              + set(environment, FILE).orElse("temporalio/temporal.toml of your home")
              + "): "
              + firstLine(e)
              + "; correct it, or unset TEMPORAL_PROFILE and "
              + FILE,
          e);
    }
    boolean named = profile.isPresent() || set(settings.getAddress()).isPresent();
    return named
        ? Optional.of(new ConfiguredTemporal(settings, profile.orElse("default")))
        : Optional.empty();
  }

  private static ClientConfigProfile load(Map<String, String> environment, Optional<String> profile)
      throws IOException {
    LoadClientConfigProfileOptions.Builder options =
        LoadClientConfigProfileOptions.newBuilder()
            .setEnvOverrides(environment)
            .setDisableFile(profile.isEmpty() && NO_FILE.equals(environment.get(FILE)));
    try {
      return ClientConfigProfile.load(options.build());
    } catch (NullPointerException e) {
      // What envconfig 1.38.0 does with a file that has no profile at all.
      if (profile.isPresent()) {
        throw new IllegalStateException("there is no profile " + profile.get() + " in it", e);
      }
      return ClientConfigProfile.load(options.setDisableFile(true).build());
    }
  }

  private static void requireNamedFile(Map<String, String> environment) {
    set(environment, FILE)
        .filter(file -> !Files.isReadable(Path.of(file)))
        .ifPresent(
            file -> {
              throw new IllegalStateException(
                  FILE + " names " + file + ", which cannot be read; correct or unset it");
            });
  }

  public String address() {
    return set(settings.getAddress()).orElse("127.0.0.1:7233");
  }

  public String namespace() {
    return set(settings.getNamespace()).orElse("default");
  }

  /** Address, namespace and profile; never a key. */
  public String describe() {
    return "Temporal at %s, namespace %s, profile %s".formatted(address(), namespace(), profile);
  }

  /** Connects when it is first asked something, for those who can wait until it is there. */
  public ServiceConnection openUnasked() {
    return ServiceConnection.to(settings.toWorkflowServiceStubsOptions());
  }

  /**
   * Connects, and asks for the namespace.
   *
   * @throws UnreachableTemporal within 10 s when it does not answer
   * @throws IllegalStateException saying what else is wrong and what to do
   */
  public ServiceConnection open() {
    ServiceConnection connection = openUnasked();
    // In a thread of its own: a call's deadline leaves out the SDK's first question to the server,
    // which has one of its own and retries.
    CompletableFuture<Void> asked = CompletableFuture.runAsync(() -> askForNamespace(connection));
    try {
      asked.get(ANSWERS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
      return connection;
    } catch (TimeoutException e) {
      connection.close();
      throw doesNotAnswer("nothing within " + ANSWERS_WITHIN.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      connection.close();
      throw e.getCause() instanceof StatusRuntimeException status
          ? inWords(status)
          : doesNotAnswer(firstLine(e.getCause()), e.getCause());
    } catch (InterruptedException e) {
      connection.close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while connecting to " + describe(), e);
    }
  }

  private void askForNamespace(ServiceConnection connection) {
    // longer than it is waited for: of two deadlines that are over at once, either would be told
    connection
        .service()
        .blockingStub()
        .withDeadlineAfter(ANSWERS_WITHIN.multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS)
        .describeNamespace(DescribeNamespaceRequest.newBuilder().setNamespace(namespace()).build());
  }

  private UnreachableTemporal doesNotAnswer(String reason, Throwable cause) {
    return new UnreachableTemporal(
        describe()
            + " does not answer ("
            + reason
            + "): check the address and that the service is up"
            + BREAK_GLASS,
        cause);
  }

  private IllegalStateException inWords(StatusRuntimeException e) {
    Status status = e.getStatus();
    return switch (status.getCode()) {
      case NOT_FOUND ->
          new IllegalStateException(
              describe()
                  + ": there is no namespace "
                  + namespace()
                  + "; create it with `temporal operator namespace create --namespace "
                  + namespace()
                  + "`, or set TEMPORAL_NAMESPACE to one that exists",
              e);
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          new IllegalStateException(
              describe()
                  + " refuses us ("
                  + status.getCode()
                  + "): check the API key or the client certificate of the profile"
                  + BREAK_GLASS,
              e);
      default -> doesNotAnswer(reason(e), e);
    };
  }

  private static String reason(StatusRuntimeException e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root == e ? e.getStatus().getCode().toString() : firstLine(root);
  }

  private static String firstLine(Throwable e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse(message);
  }

  private static Optional<String> set(Map<String, String> environment, String name) {
    return set(environment.get(name));
  }

  private static Optional<String> set(String value) {
    return Optional.ofNullable(value).filter(text -> !text.isBlank());
  }
}
