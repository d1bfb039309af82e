package dev.rollbook.aftermath;

import dev.rollbook.Outcome;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Version;
import dev.rollbook.decision.Alert;
import dev.rollbook.decision.Decision;
import dev.rollbook.decision.Decision.Decided;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The head of an incident report, for programs: what the run knows of the incident. What it does
 * not know is empty, for a person to fill in.
 */
final class FrontMatter {

  private final Markdown markdown;
  private final RollbackRequest request;
  private final Run run;
  private final IncidentTimes times;

  FrontMatter(Markdown markdown, RollbackRequest request, Run run) {
    this.markdown = markdown;
    this.request = request;
    this.run = run;
    this.times = new IncidentTimes(run);
  }

  String of(String id, String executionId) {
    Map<String, String> scalars = new LinkedHashMap<>();
    scalars.put("id", id);
    scalars.put("incident_id", request.incident());
    scalars.put("run_id", executionId);
    scalars.put("workflow_id", run.runId());
    scalars.put("service", run.service());
    scalars.put("environment", run.environment());
    scalars.put("section", run.section());
    scalars.put("severity", lower(worst()));
    scalars.put("status", status());
    scalars.put("started", IncidentReportText.time(run.startedAt()));
    scalars.put("ended", time(Optional.ofNullable(run.endedAt())));
    scalars.put("detected", time(times.detected()));
    scalars.put("decided", time(times.decided()));
    scalars.put("rolled_back", time(times.rolledBack()));
    scalars.put("failed", time(times.failed()));
    scalars.put("stopped", time(times.stopped()));
    scalars.put("time_to_detect", times.toDetect());
    scalars.put("time_to_decide", times.toDecide());
    scalars.put("time_to_rollback", times.toRollback());
    scalars.put("time_to_restore", times.toRestore());
    scalars.put("from_version", id(run.from()));
    scalars.put("to_version", id(run.target()));
    scalars.put("outcome", run.outcome() == null ? "" : run.outcome().name());
    scalars.put("requested_by", request.requestedBy());
    scalars.put("trigger", lower(request.trigger()));
    scalars.put("decision_rule", decision().map(Decision::rule).orElse(null));
    scalars.put("decision_deadline", time(decision().map(Decision::until)));
    scalars.put(
        "decision_by",
        decision().map(Decision::decided).map(Decided::by).orElse(request.requestedBy()));
    return lines(scalars)
        + "alert_fingerprints: "
        + fingerprints()
        + "\n"
        + lines(Map.of("generator", generator()));
  }

  private String lines(Map<String, String> scalars) {
    return scalars.entrySet().stream()
        .map(scalar -> scalar.getKey() + ": " + markdown.yaml(scalar.getValue()) + "\n")
        .collect(Collectors.joining());
  }

  private Optional<Decision> decision() {
    return Optional.ofNullable(run.decision());
  }

  private Enum<?> worst() {
    return decision().<Enum<?>>map(Decision::severity).orElse(request.severity());
  }

  private String status() {
    boolean healthy =
        run.outcome() == Outcome.ROLLED_BACK || run.outcome() == Outcome.ALREADY_THERE;
    return healthy ? "mitigated" : "open";
  }

  private String fingerprints() {
    return decision().map(Decision::alerts).orElse(List.of()).stream()
        .map(Alert::fingerprint)
        .distinct()
        .map(markdown::yaml)
        .collect(Collectors.joining(", ", "[", "]"));
  }

  /** Which Rollbook wrote it; without a version where it is not packed. */
  private static String generator() {
    String version = FrontMatter.class.getPackage().getImplementationVersion();
    return version == null ? "rollbook" : "rollbook " + version;
  }

  private static String time(Optional<Instant> at) {
    return at.map(IncidentReportText::time).orElse("");
  }

  private static String id(Version version) {
    return version == null ? "" : version.id();
  }

  static String lower(Enum<?> word) {
    return word == null ? "" : word.name().toLowerCase(Locale.ROOT);
  }
}
