package dev.rollbook.kubernetes;

import dev.rollbook.Evidence;
import dev.rollbook.Heartbeat;
import dev.rollbook.Payloads;
import dev.rollbook.PinnedService;
import dev.rollbook.PlanFiles;
import dev.rollbook.Redaction;
import dev.rollbook.StepReport;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.temporal.activity.Activity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * E1: what a rollback destroys of the bad revision's pods. All of it is kept in the plan's folder,
 * {@code <state>/jobs/<environment>/<service>/<plan id>/evidence.txt}; what fits goes into history.
 */
public final class PodEvidence {

  private static final String KEPT = "evidence.json";
  private static final int LINES = 50;

  /** Of each log, so that one that says much leaves the others room in the brief form. */
  private static final int BYTES = 3 * 1024;

  private static final int ALL_LINES = 2_000;
  private static final int MOST_PODS = 20;

  private final KubernetesEnvironments environments;
  private final Clusters clusters;
  private final Path state;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;

  public PodEvidence(
      KubernetesEnvironments environments,
      Clusters clusters,
      Path state,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat) {
    this.environments = environments;
    this.clusters = clusters;
    this.state = state;
    this.redaction = redaction;
    this.heartbeat = heartbeat;
  }

  /** Once for a plan: later nobody can see it any more. */
  public StepReport capture(PinnedService service) {
    try {
      PlanFiles plan = PlanFiles.of(state, service);
      Optional<byte[]> kept = plan.read(KEPT);
      return kept.isPresent()
          ? Payloads.mapper().readValue(kept.get(), StepReport.class)
          : captured(service, plan);
    } catch (IOException e) {
      throw Activity.wrap(e);
    }
  }

  private StepReport captured(PinnedService service, PlanFiles plan) throws IOException {
    Heartbeat beat = heartbeat.get();
    Words words = new Words();
    List<ServicePod> pods;
    try (Cluster cluster =
        clusters.open(
            environments.find(service.service(), service.environment()),
            () -> beat.beat("capturing evidence"))) {
      pods = RevisionPods.ofBad(cluster, service).all();
      EventLines events = new EventLines(cluster, service.kubernetes().namespace());
      List<ServicePod> told = pods.subList(0, Math.min(MOST_PODS, pods.size()));
      // what is wrong comes first: the brief form is cut at its end
      cluster
          .together(
              told.stream().<Supplier<Words>>map(pod -> () -> of(pod, cluster, events)).toList())
          .forEach(words::add);
      if (pods.size() > MOST_PODS) {
        words.both((pods.size() - MOST_PODS) + " more pod(s) like these\n");
      }
      List<String> around =
          cluster.together(
              List.of(
                  () -> events(events, service.from().id()),
                  () -> events(events, service.kubernetes().uid())));
      words.both(service.kubernetes().badRevision() + "\n" + around.get(0));
      words.both(service.kubernetes().resource() + "\n" + around.get(1));
    }
    Path file = plan.write("evidence.txt", words.full.toString());
    StepReport report =
        StepReport.done(
            "saved states, events and logs of %d pod(s) of %s in %s"
                .formatted(pods.size(), service.kubernetes().badRevision(), file),
            Evidence.beginning(words.brief.toString(), Evidence.LIMIT),
            Heartbeat.attempt());
    plan.write(KEPT, Payloads.mapper().writeValueAsBytes(report));
    return report;
  }

  private Words of(ServicePod pod, Cluster cluster, EventLines events) {
    Words words = new Words();
    words.both(new PodDescription(pod, redaction).state());
    words.both(events(events, pod.uid()));
    logs(new PodLogs(cluster), pod, words);
    words.full.append("spec\n").append(new PodDescription(pod, redaction).spec());
    words.both("\n");
    return words;
  }

  /** The same story twice: short for the history, long for the file. */
  private static final class Words {
    private final StringBuilder brief = new StringBuilder();
    private final StringBuilder full = new StringBuilder();

    void both(String text) {
      brief.append(text);
      full.append(text);
    }

    void add(Words more) {
      brief.append(more.brief);
      full.append(more.full);
    }
  }

  private String events(EventLines events, String uid) {
    try {
      return "events\n" + clean(EventLines.joined(events.of(uid)));
    } catch (ClusterFailure e) {
      return "events cannot be read: " + clean(e.getMessage()) + "\n";
    }
  }

  private void logs(PodLogs logs, ServicePod pod, Words words) {
    for (ContainerStatus status : pod.statuses()) {
      String name = status.getName();
      if (status.getRestartCount() > 0) {
        log("previous log of " + name, () -> logs.previousLines(pod, name, ALL_LINES), words);
      }
      log("log of " + name, () -> logs.lastLines(pod, name, ALL_LINES), words);
    }
  }

  private void log(String what, Supplier<Optional<String>> read, Words words) {
    String text;
    try {
      text = clean(read.get().orElse("none is kept"));
    } catch (ClusterFailure e) {
      text = "cannot be read: " + clean(e.getMessage());
    }
    String end = Evidence.bounded(Evidence.lastLines(text, LINES), BYTES);
    words.brief.append(what).append('\n').append(end).append('\n');
    words.full.append(what).append('\n').append(text.stripTrailing()).append('\n');
  }

  /** Plain first: a terminal sequence within a secret would hide it from the redaction. */
  private String clean(String text) {
    return redaction.clean(Evidence.plain(text));
  }
}
