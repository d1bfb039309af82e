import dev.rollbook.CatalogEntry;
import dev.rollbook.Inspection;
import dev.rollbook.Outcome;
import dev.rollbook.PinnedService;
import dev.rollbook.Plan;
import dev.rollbook.ProcessId;
import dev.rollbook.Rollback;
import dev.rollbook.RollbackRequest;
import dev.rollbook.RollbackWorkflow;
import dev.rollbook.Run;
import dev.rollbook.RunJournal;
import dev.rollbook.SearchAttributeRegistration;
import dev.rollbook.ServiceCatalog;
import dev.rollbook.StepOptions;
import dev.rollbook.StepReport;
import dev.rollbook.TaskQueues;
import dev.rollbook.TemporalConnection;
import dev.rollbook.Version;
import dev.rollbook.WorkflowIds;
import dev.rollbook.aftermath.HealthyVersions;
import dev.rollbook.aftermath.IncidentReport;
import dev.rollbook.local.LocalPin;
import dev.rollbook.local.LocalPreflight;
import dev.rollbook.local.LocalRepository;
import dev.rollbook.local.LocalService;
import dev.rollbook.local.RollbackLocalWorkflow;
import dev.rollbook.verification.Health;
import com.google.protobuf.Timestamp;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a whole `Rollback` costs beyond its activities, which do nothing here: against a plain
 * workflow of as many activities that do nothing; against one whose look-ups are local activities
 * as Rollback's are; and against one that has a child as well.
 *
 * <p>Arguments: the server's address, how many rounds.
 */
public final class StepOverhead {

  private static final int WARM_UP = 5;
  private static final String PLAIN = "plain";

  public static void main(String[] arguments) {
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(arguments[0]).build());
    SearchAttributeRegistration.ensure(service, "default");
    WorkflowClient client = TemporalConnection.client(service, "default");
    WorkerFactory factory = WorkerFactory.newInstance(client);
    Worker worker =
        factory.newWorker(
            TaskQueues.ROLLBOOK,
            WorkerOptions.newBuilder()
                .setMaxHeartbeatThrottleInterval(Duration.ofSeconds(1))
                .setDefaultHeartbeatThrottleInterval(Duration.ofSeconds(1))
                .build());
    worker.registerWorkflowImplementationTypes(
        TemporalConnection.workflowOptions(),
        RollbackWorkflow.class,
        RollbackLocalWorkflow.class,
        PlainWorkflow.class);
    worker.registerActivitiesImplementations(new StepsThatDoNothing());
    factory.start();
    try {
      compare(client, Integer.parseInt(arguments[1]));
    } finally {
      factory.shutdownNow();
      service.shutdownNow();
    }
  }

  private static void compare(WorkflowClient client, int rounds) {
    String id = WorkflowIds.run("shop", "local");
    rollBack(client, id);
    String sectionId = WorkflowIds.section(id, CatalogEntry.Kind.LOCAL);
    int lookUps = lookUps(client, id) + lookUps(client, sectionId);
    int own = steps(client, id);
    int section = steps(client, sectionId);
    int all = lookUps + own + section;
    System.out.printf(
        "A Rollback is %d activities: %d steps, %d of them in its child, and %d look-ups, which are local activities; %d rounds%n",
        all, own + section, section, lookUps, rounds);
    double[] rollback = new double[rounds];
    double[] plain = new double[rounds];
    double[] lean = new double[rounds];
    double[] withChild = new double[rounds];
    List<Double> steps = new ArrayList<>();
    List<Double> plainSteps = new ArrayList<>();
    for (int round = -WARM_UP; round < rounds; round++) {
      double a = millis(() -> rollBack(client, id));
      double c = millis(() -> plain(client, lookUps, own + section, 0));
      double d = millis(() -> plain(client, lookUps, own, section));
      double b = millis(() -> plain(client, 0, all, 0));
      if (round >= 0) {
        rollback[round] = a;
        plain[round] = b;
        lean[round] = c;
        withChild[round] = d;
        steps.addAll(stepsOf(client, id));
        steps.addAll(stepsOf(client, sectionId));
        plainSteps.addAll(stepsOf(client, PLAIN));
      }
    }
    double step = median(array(steps));
    double plainStep = median(array(plainSteps));
    System.out.printf(
        "  a step, from its activity to the next one's: Rollback %.1f ms, plain %.1f ms: %.2f of it (medians of %d and %d)%n",
        step, plainStep, step / plainStep, steps.size(), plainSteps.size());
    print("Rollback", rollback, rollback);
    print("plain: " + all + " activities", plain, rollback);
    print("plain: " + (own + section) + ", and " + lookUps + " local", lean, rollback);
    print("plain: the same, " + section + " in a child", withChild, rollback);
  }

  private static void rollBack(WorkflowClient client, String id) {
    Run run =
        client
            .newWorkflowStub(Rollback.class, options(id))
            .rollBack(RollbackRequest.of("shop", "local"));
    if (run.outcome() != Outcome.ROLLED_BACK) {
      throw new IllegalStateException(run.toString());
    }
  }

  private static void plain(WorkflowClient client, int local, int own, int childs) {
    client.newWorkflowStub(Plain.class, options(PLAIN)).run(local, own, childs);
  }

  private static WorkflowOptions options(String id) {
    return WorkflowOptions.newBuilder()
        .setTaskQueue(TaskQueues.ROLLBOOK)
        .setWorkflowId(id)
        .build();
  }

  private static int steps(WorkflowClient client, String id) {
    return (int)
        client.fetchHistory(id).getEvents().stream()
            .filter(HistoryEvent::hasActivityTaskScheduledEventAttributes)
            .count();
  }

  private static int lookUps(WorkflowClient client, String id) {
    return (int)
        client.fetchHistory(id).getEvents().stream()
            .map(event -> event.getMarkerRecordedEventAttributes().getMarkerName())
            .filter("LocalActivity"::equals)
            .count();
  }

  /** Milliseconds from the moment that an activity is asked for until the next one is. */
  private static List<Double> stepsOf(WorkflowClient client, String id) {
    List<Double> steps = new ArrayList<>();
    Instant last = null;
    for (HistoryEvent event : client.fetchHistory(id).getEvents()) {
      if (event.hasActivityTaskScheduledEventAttributes()) {
        Timestamp at = event.getEventTime();
        Instant now = Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
        if (last != null) {
          steps.add(Duration.between(last, now).toNanos() / 1e6);
        }
        last = now;
      }
    }
    return steps;
  }

  private static double[] array(List<Double> millis) {
    return millis.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double millis(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e6;
  }

  private static double median(double[] millis) {
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void print(String what, double[] millis, double[] rollback) {
    System.out.printf(
        "  %-30s median %6.1f ms, min %6.1f, max %6.1f; Rollback is %.2f of it%n",
        what,
        median(millis),
        Arrays.stream(millis).min().orElseThrow(),
        Arrays.stream(millis).max().orElseThrow(),
        median(rollback) / median(millis));
  }

  @WorkflowInterface
  public interface Plain {
    @WorkflowMethod
    String run(int local, int own, int childs);
  }

  /** As many activities as asked for, one after the other; some of them in a child. */
  public static final class PlainWorkflow implements Plain {
    private final Nothing nothing =
        Workflow.newActivityStub(
            Nothing.class,
            ActivityOptions.newBuilder().setStartToCloseTimeout(Duration.ofMinutes(1)).build());

    @Override
    public String run(int local, int own, int childs) {
      for (int i = 0; i < local; i++) {
        Workflow.newLocalActivityStub(Nothing.class, StepOptions.lookUp()).nothing("a name");
      }
      if (childs > 0) {
        ChildWorkflowOptions options =
            ChildWorkflowOptions.newBuilder()
                .setWorkflowId(Workflow.getInfo().getWorkflowId() + "/child")
                .build();
        Workflow.newChildWorkflowStub(Plain.class, options).run(0, childs, 0);
      }
      for (int i = 0; i < own; i++) {
        nothing.nothing("a step's input");
      }
      return "done";
    }
  }

  @ActivityInterface
  public interface Nothing {
    String nothing(String input);
  }

  public static final class StepsThatDoNothing
      implements Nothing,
          ServiceCatalog,
          RunJournal,
          LocalPreflight,
          LocalRepository,
          LocalService,
          Health,
          HealthyVersions,
          IncidentReport {

    private static final StepReport DONE = StepReport.done("nothing", "no evidence", 1);

    @Override
    public String nothing(String input) {
      return "nothing";
    }

    @Override
    public CatalogEntry find(String service, String environment) {
      Duration limit = Duration.ofMinutes(1);
      return new CatalogEntry(
          CatalogEntry.Kind.LOCAL, TaskQueues.ROLLBOOK, limit, limit, limit, limit, Duration.ZERO, null, null, false, null);
    }

    @Override
    public Inspection inspect(RollbackRequest request) {
      PinnedService pinned =
          new PinnedService(
              request.service(),
              request.environment(),
              "plan",
              Version.commit("3".repeat(40), "v3"),
              Version.commit("2".repeat(40), "v2"),
              new LocalPin(new ProcessId(42, Instant.EPOCH), List.of()),
              null, null);
      return new Inspection(new Plan(pinned, false, List.of(), List.of()), DONE);
    }

    @Override
    public StepReport keepPlan(RollbackRequest request, Plan plan) {
      return DONE;
    }

    @Override
    public void close(Run run) {}

    @Override
    public StepReport checkOut(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport putBack(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport captureEvidence(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport stop(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport buildAndStart(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport stopAfterFailure(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport awaitUp(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport verify(PinnedService service) {
      return DONE;
    }

    @Override
    public StepReport record(PinnedService service) {
      return DONE;
    }

    @Override
    public Written write(RollbackRequest request, Run run, String executionId) {
      return new Written("/no/file", 1);
    }
  }
}
