package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesEnvironment.ManagedBy;
import dev.rollbook.kubernetes.KubernetesPin.Workload;
import dev.rollbook.verification.HealthCheck;
import dev.rollbook.verification.HttpCheck;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The catalog's words for a shop, with quick times. */
public final class ShopEnvironment {

  private final KubernetesShop shop;
  private final Workload workload;
  private Optional<Path> kubeconfig;
  private String namespace;
  private Optional<String> context = Optional.empty();
  private String name = KubernetesShop.NAME;
  private Optional<String> service = Optional.of(KubernetesShop.NAME);
  private Optional<String> container = Optional.empty();
  private ManagedBy managedBy = ManagedBy.REFUSE;
  private Duration startWithin = Duration.ofSeconds(60);
  private List<Pattern> errorLines = List.of();
  private Duration stableFor = Duration.ofSeconds(1);
  private Duration healthyWithin = Duration.ofSeconds(30);
  private int inARow = 1;
  private URI health = URI.create("http://127.0.0.1:" + ShopTemplate.PORT + "/actuator/health");
  private List<HttpCheck> checks = List.of();
  private Optional<Duration> keptFor = Optional.of(Duration.ZERO);
  private Duration approvalWithin = Duration.ZERO;

  ShopEnvironment(KubernetesShop shop, Workload workload) {
    this.shop = shop;
    this.workload = workload;
    this.kubeconfig = Optional.of(shop.kubeconfig());
    this.namespace = shop.namespace();
  }

  public ShopEnvironment kubeconfig(Path file) {
    kubeconfig = Optional.ofNullable(file);
    return this;
  }

  public ShopEnvironment context(String one) {
    context = Optional.of(one);
    return this;
  }

  public ShopEnvironment namespace(String one) {
    namespace = one;
    return this;
  }

  public ShopEnvironment name(String ofWorkload) {
    name = ofWorkload;
    return this;
  }

  /**
   * @param one null when there is none
   */
  public ShopEnvironment service(String one) {
    service = Optional.ofNullable(one);
    return this;
  }

  public ShopEnvironment container(String one) {
    container = Optional.of(one);
    return this;
  }

  public ShopEnvironment managedBy(ManagedBy what) {
    managedBy = what;
    return this;
  }

  public ShopEnvironment startWithin(Duration within) {
    startWithin = within;
    return this;
  }

  public ShopEnvironment errorLines(String... patterns) {
    errorLines = Arrays.stream(patterns).map(Pattern::compile).toList();
    return this;
  }

  public ShopEnvironment stableFor(Duration window) {
    stableFor = window;
    return this;
  }

  public ShopEnvironment healthyWithin(Duration within) {
    healthyWithin = within;
    return this;
  }

  /** The pods' own port is the URL's. */
  public ShopEnvironment health(String url) {
    health = URI.create(url);
    return this;
  }

  public ShopEnvironment inARow(int times) {
    inARow = times;
    return this;
  }

  public ShopEnvironment checks(HttpCheck... all) {
    checks = List.of(all);
    return this;
  }

  /**
   * @param window null: as the workload's managers need
   */
  public ShopEnvironment keptFor(Duration window) {
    keptFor = Optional.ofNullable(window);
    return this;
  }

  public ShopEnvironment approvalWithin(Duration within) {
    approvalWithin = within;
    return this;
  }

  public KubernetesEnvironment build() {
    return new KubernetesEnvironment(
        kubeconfig,
        context,
        namespace,
        workload,
        name,
        service,
        health.getPort(),
        container,
        managedBy,
        Duration.ofSeconds(30),
        startWithin,
        Pattern.compile("Started \\w+ in [0-9.]+ seconds"),
        errorLines,
        stableFor,
        new HealthCheck(
            health, inARow, Duration.ofMillis(100), healthyWithin, Duration.ofSeconds(5), Map.of()),
        checks,
        keptFor,
        approvalWithin);
  }
}
