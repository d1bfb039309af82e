package dev.rollbook.catalog;

import dev.rollbook.Failures;
import dev.rollbook.Secret;
import dev.rollbook.ServiceCatalog;
import dev.rollbook.compose.ComposeEnvironments;
import dev.rollbook.decision.GuardLimits;
import dev.rollbook.decision.ServiceMetrics;
import dev.rollbook.escalation.EscalationPolicies;
import dev.rollbook.escalation.EscalationPolicy;
import dev.rollbook.kubernetes.KubernetesEnvironments;
import dev.rollbook.local.LocalEnvironments;
import dev.rollbook.verification.ServiceChecks;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What services there are, in which environments, and how each lives there: one YAML file. */
public final class Catalog {

  private static final String REPORTS = "docs/troubleshooting";

  private final Path file;
  private final Path folder;
  private final Path reports;
  private final Contacts contacts;
  private final EscalationPolicy escalation;
  private final GuardLimits guardLimits;
  private final AlertRules alerts;
  private final ServeSettings serve;
  private final SortedMap<String, SortedMap<String, Home>> services;

  private Catalog(
      Path file,
      Path folder,
      Path reports,
      Contacts contacts,
      EscalationPolicy escalation,
      GuardLimits guardLimits,
      AlertRules alerts,
      ServeSettings serve,
      SortedMap<String, SortedMap<String, Home>> services) {
    this.file = file;
    this.folder = folder;
    this.reports = reports;
    this.contacts = contacts;
    this.escalation = escalation;
    this.guardLimits = guardLimits;
    this.alerts = alerts;
    this.serve = serve;
    this.services = services;
  }

  /**
   * Reads and checks the file. Secrets are looked up in {@code environment} only when a step uses
   * them.
   *
   * @throws InvalidCatalog with every problem at once
   */
  public static Catalog read(Path file, Map<String, String> environment) throws InvalidCatalog {
    return readKept(file, file.toAbsolutePath().normalize().getParent(), environment);
  }

  /**
   * As {@link #read}, for a copy that lies elsewhere.
   *
   * @param folder of the original: what its relative paths are relative to
   */
  public static Catalog readKept(Path file, Path folder, Map<String, String> environment)
      throws InvalidCatalog {
    Path absolute = file.toAbsolutePath().normalize();
    Problems problems = new Problems();
    Value root =
        new CatalogTree(absolute, problems)
            .of(new YamlText(absolute, CatalogText.read(absolute)).compose());
    new CatalogSchema().validate(root, problems);
    Contacts contacts = new ContactFields(folder, environment, problems).read(root);
    EscalationFields escalations = new EscalationFields(root, problems);
    AlertRules alerts = new AlertFields(problems).read(root);
    ServeSettings serve = new ServeFields(folder, environment, problems).read(root);
    DecisionFields decisions = new DecisionFields(root, problems);
    Homes homes =
        new Homes(
            folder,
            environment,
            problems,
            escalations,
            decisions,
            new MetricsFields(root, environment, problems),
            contacts.boards());

    Path reports =
        new Fields(problems).path(root, "reports", folder).orElse(folder.resolve(REPORTS));
    SortedMap<String, SortedMap<String, Home>> services = new TreeMap<>();
    root.part("services")
        .members()
        .forEach((service, at) -> services.put(service, homes.of(service, at)));
    escalations.checkRoles();
    problems.throwIfAny(absolute);
    return new Catalog(
        absolute,
        folder,
        reports,
        contacts,
        escalations.ofAll(),
        decisions.guards(),
        alerts,
        serve,
        services);
  }

  /** Absolute. */
  public Path file() {
    return file;
  }

  /** Of the file: what its relative paths are relative to. */
  public Path folder() {
    return folder;
  }

  /** Where incident reports go, absolute; it need not exist yet. */
  public Path reports() {
    return reports;
  }

  public SortedSet<String> services() {
    return names(services);
  }

  /**
   * @throws io.temporal.failure.ApplicationFailure UnknownService, naming the services that exist
   */
  public SortedSet<String> environments(String service) {
    return names(environmentsOf(service));
  }

  /** The queues that some environment's workers listen on. */
  public Set<String> taskQueues() {
    return services.values().stream()
        .flatMap(environments -> environments.values().stream())
        .map(home -> home.entry().taskQueue())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Everything that may hold a secret: what it resolves to must not be shown. */
  public Collection<Secret> secrets() {
    Stream<Secret> ofServices =
        services.values().stream()
            .flatMap(environments -> environments.values().stream())
            .flatMap(Home::secrets);
    return Stream.of(ofServices, contacts.secrets(), serve.secrets())
        .flatMap(each -> each)
        .toList();
  }

  /** For workflows, as an activity. */
  public ServiceCatalog serviceCatalog() {
    return (service, environment) -> find(service, environment).entry();
  }

  /** For Section A's activities. */
  public LocalEnvironments localEnvironments() {
    return (service, environment) -> find(service, environment).asLocal();
  }

  /** For Section B's activities. */
  public ComposeEnvironments composeEnvironments() {
    return (service, environment) -> find(service, environment).asCompose();
  }

  /** For Section C's activities. */
  public KubernetesEnvironments kubernetesEnvironments() {
    return (service, environment) -> find(service, environment).asKubernetes();
  }

  /** For workflows, as an activity. */
  public EscalationPolicies escalationPolicies() {
    return (service, environment) ->
        service == null ? escalation : find(service, environment).escalation();
  }

  /** How much alerts may roll back. */
  public GuardLimits guardLimits() {
    return guardLimits;
  }

  /** How people are reached. */
  public Contacts contacts() {
    return contacts;
  }

  /** Which alerts may roll a service back. */
  public AlertRules alerts() {
    return alerts;
  }

  /** How {@code rollbook serve} is reached. */
  public ServeSettings serve() {
    return serve;
  }

  /** For verification's activities. */
  public ServiceChecks.Catalog serviceChecks() {
    return (service, environment) -> find(service, environment).checks();
  }

  /** For decisions' activities. */
  public ServiceMetrics.Catalog serviceMetrics() {
    return (service, environment) -> find(service, environment).metrics();
  }

  private Home find(String service, String environment) {
    SortedMap<String, Home> environments = environmentsOf(service);
    Home home = environment == null ? null : environments.get(environment);
    if (home == null) {
      throw unknown(
          service + " has no environment " + said(environment), environment, environments);
    }
    return home;
  }

  private SortedMap<String, Home> environmentsOf(String service) {
    SortedMap<String, Home> environments = service == null ? null : services.get(service);
    if (environments == null) {
      throw unknown(
          "The catalog " + file.getFileName() + " has no service " + said(service),
          service,
          services);
    }
    return environments;
  }

  private static RuntimeException unknown(
      String message, String given, SortedMap<String, ?> known) {
    String hint = Names.hint(given == null ? "" : given, known.keySet(), "There are: ");
    return Failures.hopeless("UnknownService", message + ". " + hint);
  }

  private static String said(String name) {
    return name == null ? "without a name" : Names.quoted(name);
  }

  private static SortedSet<String> names(SortedMap<String, ?> named) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(named.keySet()));
  }

  @Override
  public String toString() {
    return "Catalog " + file;
  }
}
