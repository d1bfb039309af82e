package dev.rollbook.catalog;

import dev.rollbook.kubernetes.KubernetesEnvironment;
import dev.rollbook.kubernetes.KubernetesEnvironment.ManagedBy;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.verification.HealthCheck;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads an environment of kind kubernetes; defaults stand here and, for editors, in the schema.
 * Whether cluster, namespace and workload exist is asked when a run begins, not here.
 */
final class KubernetesFields {

  /** Of namespaces, Services and containers, which a service's name in the catalog may not be. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  private static final String NO_SERVICE = "none";

  private static final Duration STOP_WITHIN = Duration.ofMinutes(2);

  /** Longer than a cluster takes to make the pods of a silent node anew elsewhere: about 6 min. */
  private static final Duration START_WITHIN = Duration.ofMinutes(8);

  private static final Duration STABLE_FOR = Duration.ofSeconds(10);

  private final Path folder;
  private final Problems problems;
  private final Fields fields;
  private final SecretFields secrets;
  private final CheckFields checks;

  KubernetesFields(Path folder, Map<String, String> environment, Problems problems) {
    this.folder = folder;
    this.problems = problems;
    this.fields = new Fields(problems);
    this.secrets = new SecretFields(environment, problems);
    this.checks = new CheckFields(problems, fields, secrets);
  }

  /**
   * @param service its name in the catalog
   */
  KubernetesEnvironment read(String service, Value at) {
    secrets.refuseElsewhere(at);
    Value start = at.part("start");
    String[] workload = fields.text(at, "workload").orElse("").split("/", 2);
    Optional<String> name =
        Optional.of(workload[workload.length - 1]).filter(written -> !written.isEmpty());
    HealthCheck health = checks.health(at.part("health"), fields.number(at, "port", 0));
    return new KubernetesEnvironment(
        fields.path(at, "kubeconfig", folder),
        fields.text(at, "context"),
        fields.text(at, "namespace").orElseGet(() -> usual(service, at, "namespace")),
        workload.length == 1
            ? Workload.DEPLOYMENT
            : Fields.choice(Workload.class, workload[0]).orElse(Workload.DEPLOYMENT),
        name.orElseGet(() -> usual(service, at, "workload")),
        kubernetesService(service, at),
        fields.number(at, "port", port(health.url())),
        fields.text(at, "container"),
        fields.choice(at, "managedBy", ManagedBy.REFUSE),
        fields.duration(at.part("stop"), "within", STOP_WITHIN),
        fields.duration(start, "within", START_WITHIN),
        fields.pattern(start, "line", LocalFields.START_LINE),
        fields.patterns(start, "errors", ComposeFields.ERRORS),
        fields.duration(at, "stableFor", STABLE_FOR),
        health,
        checks.checks(at),
        fields.duration(at, "keptFor"),
        fields.duration(at.part("stuck"), "askWithin", Duration.ZERO));
  }

  private Optional<String> kubernetesService(String service, Value at) {
    return Optional.of(
            fields
                .text(at, "kubernetesService")
                .orElseGet(() -> usual(service, at, "kubernetesService")))
        .filter(name -> !name.equals(NO_SERVICE));
  }

  /** The service's own name, where Kubernetes would take it. */
  private String usual(String service, Value at, String key) {
    if (!NAME.matcher(service).matches()) {
      problems.addFirst(
          at.key(),
          at.where() + "." + key,
          "nothing in Kubernetes can be called " + Names.quoted(service) + ": write '" + key + "'");
    }
    return service;
  }

  private static int port(URI url) {
    int usual = "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    return url.getPort() < 0 ? usual : url.getPort();
  }
}
