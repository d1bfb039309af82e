package dev.rollbook;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.IndexedValueType;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.ListSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import io.temporal.common.SearchAttributeKey;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes {@link SearchAttributes} known to a namespace; a start with an unknown one is refused. May
 * be done again, and by several at once.
 */
public final class SearchAttributeRegistration {

  private static final Logger LOG = LoggerFactory.getLogger(SearchAttributeRegistration.class);
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(10);
  private static final Duration USABLE_WITHIN = Duration.ofSeconds(60);
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final OperatorServiceStubs operator;
  private final String namespace;

  private SearchAttributeRegistration(OperatorServiceStubs operator, String namespace) {
    this.operator = operator;
    this.namespace = namespace;
  }

  /**
   * Returns when all attributes can be used, or some cannot be added: runs do without them then.
   *
   * @return what people must know of that, with the commands that add them; empty when all is well
   * @throws IllegalStateException when one is of another type, or does not become usable within a
   *     minute
   */
  public static Optional<String> ensure(WorkflowServiceStubs service, String namespace) {
    return of(service, namespace).ensure();
  }

  /** True when the service says that it does not know all of them. */
  static boolean lacksSome(WorkflowServiceStubs service, String namespace) {
    return of(service, namespace).missing().filter(left -> !left.isEmpty()).isPresent();
  }

  private static SearchAttributeRegistration of(WorkflowServiceStubs service, String namespace) {
    OperatorServiceStubs operator =
        OperatorServiceStubs.newServiceStubs(
            OperatorServiceStubsOptions.newBuilder(service.getOptions())
                .setChannel(service.getRawChannel())
                .build());
    return new SearchAttributeRegistration(operator, namespace);
  }

  private Optional<String> ensure() {
    Optional<List<String>> missing = missing();
    if (missing.isPresent() && missing.get().isEmpty()) {
      return Optional.empty();
    }
    List<String> wanted = missing.orElse(names());
    try {
      add(wanted);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
        LOG.debug("Somebody else has added the search attributes of {}", namespace);
      } else if (missing.isPresent()) {
        return Optional.of(
            "Namespace %s lacks search attributes, and Rollbook could not add them (%s: %s): runs go on without, and are not found by them in Temporal UI; add them with%n%s"
                .formatted(
                    namespace,
                    e.getStatus().getCode(),
                    e.getStatus().getDescription(),
                    commands(wanted)));
      } else {
        LOG.warn(
            "Could not ask for the search attributes of namespace {} ({}); if runs do not start, add them with\n{}",
            namespace,
            e.getStatus().getCode(),
            commands(wanted));
        return Optional.empty();
      }
    }
    awaitUsable();
    return Optional.empty();
  }

  private void awaitUsable() {
    long deadline = System.nanoTime() + USABLE_WITHIN.toNanos();
    while (missing().filter(left -> !left.isEmpty()).isPresent()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Namespace %s does not know the search attributes %s %d s after they were added; try again"
                .formatted(namespace, missing().orElse(names()), USABLE_WITHIN.toSeconds()));
      }
      try {
        Thread.sleep(LOOK_EVERY.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while search attributes were added", e);
      }
    }
  }

  /** Empty when the service cannot or may not tell. */
  private Optional<List<String>> missing() {
    Map<String, IndexedValueType> known;
    try {
      known =
          stub()
              .listSearchAttributes(
                  ListSearchAttributesRequest.newBuilder().setNamespace(namespace).build())
              .getCustomAttributesMap();
    } catch (StatusRuntimeException e) {
      return switch (e.getStatus().getCode()) {
        case UNIMPLEMENTED, PERMISSION_DENIED, UNAUTHENTICATED -> Optional.empty();
        default -> throw e;
      };
    }
    names().forEach(name -> requireKeyword(name, known.get(name)));
    return Optional.of(names().stream().filter(name -> !known.containsKey(name)).toList());
  }

  private void requireKeyword(String name, IndexedValueType type) {
    if (type != null && type != IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD) {
      throw new IllegalStateException(
          "Namespace %s has a search attribute %s of type %s, but Rollbook needs a Keyword; remove it with `temporal operator search-attribute remove --namespace %s --name %s`, or use another namespace"
              .formatted(namespace, name, type, namespace, name));
    }
  }

  private void add(List<String> names) {
    stub()
        .addSearchAttributes(
            AddSearchAttributesRequest.newBuilder()
                .setNamespace(namespace)
                .putAllSearchAttributes(
                    names.stream()
                        .collect(
                            Collectors.toMap(
                                name -> name, name -> IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)))
                .build());
  }

  private String commands(List<String> names) {
    return names.stream()
        .map(
            name ->
                "temporal operator search-attribute create --namespace %s --name %s --type Keyword"
                    .formatted(namespace, name))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private OperatorServiceBlockingStub stub() {
    return operator
        .blockingStub()
        .withDeadlineAfter(ANSWERS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static List<String> names() {
    return SearchAttributes.all().stream().map(SearchAttributeKey::getName).toList();
  }
}
