package dev.rollbook.catalog;

import dev.rollbook.CatalogEntry;
import dev.rollbook.Failures;
import dev.rollbook.Secret;
import dev.rollbook.ServiceCatalog;
import dev.rollbook.TaskQueues;
import dev.rollbook.local.LocalEnvironment;
import dev.rollbook.local.LocalEnvironments;
import dev.rollbook.verification.ServiceChecks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What services there are, in which environments, and how each lives there: one YAML file. */
public final class Catalog {

  private static final String REPORTS = "docs/troubleshooting";
  private static final String TASK_QUEUE = TaskQueues.ROLLBOOK;

  /** For what a step does besides waiting. */
  private static final Duration SPARE = Duration.ofSeconds(30);

  private record Home(CatalogEntry entry, LocalEnvironment local) {}

  private final Path file;
  private final Path folder;
  private final Path reports;
  private final SortedMap<String, SortedMap<String, Home>> services;

  private Catalog(
      Path file, Path folder, Path reports, SortedMap<String, SortedMap<String, Home>> services) {
    this.file = file;
    this.folder = folder;
    this.reports = reports;
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
    Fields fields = new Fields(problems);
    LocalFields locals = new LocalFields(folder, environment, problems);

    Path reports = fields.path(root, "reports", folder).orElse(folder.resolve(REPORTS));
    SortedMap<String, SortedMap<String, Home>> services = new TreeMap<>();
    members(root, "services")
        .forEach(
            (service, at) -> {
              SortedMap<String, Home> environments = new TreeMap<>();
              members(at, "environments")
                  .forEach((name, home) -> environments.put(name, home(locals.read(home), home)));
              services.put(service, environments);
            });
    problems.throwIfAny(absolute);
    return new Catalog(absolute, folder, reports, services);
  }

  private static Map<String, Value> members(Value at, String name) {
    return at.member(name).map(Value::members).orElse(Map.of());
  }

  private static Home home(LocalEnvironment local, Value at) {
    CatalogEntry entry =
        new CatalogEntry(
            CatalogEntry.Kind.LOCAL,
            at.member("workers").map(Value::text).orElse(TASK_QUEUE),
            local.stopGrace().plus(SPARE),
            local.build().within().plus(local.start().within()).plus(SPARE),
            local.health().within().plus(SPARE),
            local.build().within().plus(SPARE),
            Duration.ZERO);
    return new Home(entry, local);
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
    List<Secret> secrets = new ArrayList<>();
    services.values().stream()
        .flatMap(environments -> environments.values().stream())
        .map(Home::local)
        .forEach(
            local -> {
              secrets.addAll(local.variables().values());
              secrets.addAll(local.health().headers().values());
              local.checks().forEach(check -> secrets.addAll(check.headers().values()));
            });
    return secrets;
  }

  /** For workflows, as an activity. */
  public ServiceCatalog serviceCatalog() {
    return (service, environment) -> find(service, environment).entry();
  }

  /** For Section A's activities. */
  public LocalEnvironments localEnvironments() {
    return (service, environment) -> find(service, environment).local();
  }

  /** For verification's activities. */
  public ServiceChecks.Catalog serviceChecks() {
    return (service, environment) -> {
      LocalEnvironment local = find(service, environment).local();
      return new ServiceChecks(local.health(), local.checks());
    };
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
