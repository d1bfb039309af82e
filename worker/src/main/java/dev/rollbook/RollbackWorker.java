package dev.rollbook;

import dev.rollbook.aftermath.EscalationReportFile;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.aftermath.IncidentReportFile;
import dev.rollbook.catalog.Catalog;
import dev.rollbook.compose.ComposeCommands;
import dev.rollbook.compose.ComposeEnvironments;
import dev.rollbook.compose.ComposeInspection;
import dev.rollbook.compose.ContainerEvidence;
import dev.rollbook.compose.ContainerHealth;
import dev.rollbook.compose.DockerEngines;
import dev.rollbook.compose.EngineContainers;
import dev.rollbook.compose.EngineEmergency;
import dev.rollbook.compose.EngineImages;
import dev.rollbook.compose.ProjectFiles;
import dev.rollbook.compose.RollbackComposeWorkflow;
import dev.rollbook.decision.GuardUpdates;
import dev.rollbook.decision.GuardWorkflow;
import dev.rollbook.decision.PrometheusMetrics;
import dev.rollbook.decision.TellOnCallWorkflow;
import dev.rollbook.escalation.EscalateWorkflow;
import dev.rollbook.escalation.HeartbeatUrl;
import dev.rollbook.escalation.OverdueEscalationsWorkflow;
import dev.rollbook.escalation.VisibleEscalations;
import dev.rollbook.kubernetes.ClusterEmergency;
import dev.rollbook.kubernetes.ClusterInspection;
import dev.rollbook.kubernetes.ClusterPods;
import dev.rollbook.kubernetes.ClusterRollout;
import dev.rollbook.kubernetes.Clusters;
import dev.rollbook.kubernetes.KubernetesEnvironments;
import dev.rollbook.kubernetes.PodEvidence;
import dev.rollbook.kubernetes.RollbackKubernetesWorkflow;
import dev.rollbook.local.GitRepository;
import dev.rollbook.local.LocalEnvironments;
import dev.rollbook.local.LocalInspection;
import dev.rollbook.local.LocalProcess;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.local.ProcessEmergency;
import dev.rollbook.local.RollbackLocalWorkflow;
import dev.rollbook.verification.HttpHealth;
import io.temporal.client.WorkflowClient;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs workflows and steps of a catalog's services, on this machine. */
public final class RollbackWorker implements AutoCloseable {

  /** Shorter than every heartbeat timeout, so that a cancel and a crash are noticed soon. */
  private static final Duration BEAT_AT_MOST_EVERY = Duration.ofSeconds(1);

  /** A run whose worker has crashed goes to another one so soon; replaying it costs little. */
  private static final Duration MISSED_AFTER = Duration.ofSeconds(1);

  private static final Duration DRAINED_WITHIN = Duration.ofSeconds(10);

  private final WorkerFactory factory;
  private final Clusters clusters;

  private RollbackWorker(WorkerFactory factory, Clusters clusters) {
    this.factory = factory;
    this.clusters = clusters;
  }

  /**
   * Starts polling the catalog's task queues.
   *
   * @param state the folder {@code .rollbook}: jobs, plans, healthy versions
   */
  public static RollbackWorker start(
      WorkflowClient client, Catalog catalog, Path state, RunJournalFiles runs) {
    Redaction redaction = new Redaction(catalog::secrets);
    boolean lacksSome =
        SearchAttributeRegistration.lacksSome(
            client.getWorkflowServiceStubs(), client.getOptions().getNamespace());
    WorkerFactory factory =
        WorkerFactory.newInstance(
            client,
            WorkerFactoryOptions.newBuilder()
                .setWorkerInterceptors(
                    new StepFailures(redaction), new LeftOutSearchAttributes(() -> lacksSome))
                .build());
    Clusters clusters = new Clusters();
    Object[] activities = activities(client, catalog, state, runs, redaction, clusters);
    Set<String> queues = new TreeSet<>(catalog.taskQueues());
    queues.add(TaskQueues.ROLLBOOK);
    for (String queue : queues) {
      Worker worker =
          factory.newWorker(
              queue,
              WorkerOptions.newBuilder()
                  .setStickyQueueScheduleToStartTimeout(MISSED_AFTER)
                  .setMaxHeartbeatThrottleInterval(BEAT_AT_MOST_EVERY)
                  .setDefaultHeartbeatThrottleInterval(BEAT_AT_MOST_EVERY)
                  .build());
      worker.registerWorkflowImplementationTypes(
          TemporalConnection.workflowOptions(),
          RollbackWorkflow.class,
          RollbackLocalWorkflow.class,
          RollbackComposeWorkflow.class,
          RollbackKubernetesWorkflow.class,
          EscalateWorkflow.class,
          OverdueEscalationsWorkflow.class,
          TellOnCallWorkflow.class,
          GuardWorkflow.class,
          EmergencyStopWorkflow.class,
          ReleaseWorkflow.class);
      worker.registerActivitiesImplementations(activities);
    }
    factory.start();
    if (catalog.contacts().reachAnybody()) {
      new OverdueSchedule(client).ensure();
    }
    return new RollbackWorker(factory, clusters);
  }

  private static Object[] activities(
      WorkflowClient client,
      Catalog catalog,
      Path state,
      RunJournalFiles runs,
      Redaction redaction,
      Clusters clusters) {
    LocalEnvironments local = catalog.localEnvironments();
    MachineProcesses machine = new MachineProcesses();
    HttpHealth health = new HttpHealth(catalog.serviceChecks(), redaction);
    HealthyVersionsFile versions = new HealthyVersionsFile(state, Clock.systemUTC());
    Supplier<Heartbeat> heartbeat =
        () -> {
          Heartbeat beat = Heartbeat.ofActivity();
          return progress -> beat.beat(redaction.clean(progress));
        };
    ComposeEnvironments compose = catalog.composeEnvironments();
    DockerEngines engines = new DockerEngines();
    ContainerEvidence evidence =
        new ContainerEvidence(compose, engines, state, health, redaction, heartbeat);
    KubernetesEnvironments kubernetes = catalog.kubernetesEnvironments();
    PodEvidence podEvidence = new PodEvidence(kubernetes, clusters, state, redaction, heartbeat);
    return new Object[] {
      catalog.serviceCatalog(),
      new GuardUpdates(client, catalog.guardLimits()),
      new PrometheusMetrics(
          catalog.serviceMetrics(), redaction, Clock.systemUTC(), heartbeat, Heartbeat::attempt),
      runs,
      new LocalInspection(local, state, versions, health, machine, heartbeat),
      new GitRepository(local, state, versions, machine, heartbeat),
      new LocalProcess(local, state, health, machine, redaction, heartbeat),
      new ProcessEmergency(local, state, machine, redaction, heartbeat),
      new ComposeInspection(
          compose, engines, versions, health, state, Clock.systemUTC(), heartbeat),
      new EngineImages(compose, engines, state, machine, versions, redaction, heartbeat),
      new ProjectFiles(compose, new ComposeCommands(engines), state, redaction, heartbeat),
      new EngineContainers(
          compose, engines, state, machine, redaction, evidence::capture, heartbeat),
      new EngineEmergency(compose, engines, state, redaction, heartbeat),
      new ContainerHealth(compose, engines, health, redaction, heartbeat, Heartbeat::attempt),
      new ClusterInspection(kubernetes, clusters, versions, health, Clock.systemUTC(), heartbeat),
      new ClusterRollout(
          kubernetes,
          clusters,
          versions,
          podEvidence::capture,
          health,
          redaction,
          Clock.systemUTC(),
          heartbeat),
      new ClusterPods(kubernetes, clusters, health, redaction, heartbeat),
      new ClusterEmergency(kubernetes, clusters, heartbeat),
      health,
      versions,
      new IncidentReportFile(catalog.reports(), state.resolve("reports"), redaction),
      new EscalationReportFile(catalog.reports(), state.resolve("reports"), redaction),
      catalog.escalationPolicies(),
      catalog.contacts().notices(state, redaction, heartbeat),
      catalog.contacts().announcements(state, redaction, heartbeat),
      new VisibleEscalations(client, redaction, heartbeat),
      new HeartbeatUrl(catalog.contacts().heartbeat(), heartbeat)
    };
  }

  /**
   * Ends polling. A step under way is given up and goes on at the next worker from where it is:
   * builds and starts are jobs of their own, and live on.
   */
  @Override
  public void close() {
    factory.shutdown();
    factory.awaitTermination(DRAINED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    factory.shutdownNow();
    clusters.close();
  }
}
