package dev.rollbook.kubernetes;

/** The part of the catalog that Section C reads. */
public interface KubernetesEnvironments {

  /**
   * @throws io.temporal.failure.ApplicationFailure UnknownService or WrongKind, not retried
   */
  KubernetesEnvironment find(String service, String environment);
}
