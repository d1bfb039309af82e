package dev.rollbook.kubernetes;

import dev.rollbook.PlainText;
import io.fabric8.kubernetes.api.model.Event;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** What the cluster noted about some objects: best effort, kept for an hour or so. */
final class WorkloadEvents {

  private static final int LINES = 8;
  private static final int LONGEST = 400;

  private final List<Event> events;

  private WorkloadEvents(List<Event> events) {
    this.events = events;
  }

  /** About the objects of these UIDs: a name is others' too. */
  static WorkloadEvents of(Cluster cluster, String namespace, List<String> uids) {
    return new WorkloadEvents(
        uids.stream()
            .flatMap(uid -> of(cluster, namespace, uid).stream())
            .sorted(Comparator.comparing(WorkloadEvents::at))
            .toList());
  }

  private static List<Event> of(Cluster cluster, String namespace, String uid) {
    try {
      return cluster.call(
          "list events",
          client ->
              client
                  .v1()
                  .events()
                  .inNamespace(namespace)
                  .withField("involvedObject.uid", uid)
                  .list()
                  .getItems());
    } catch (ClusterFailure e) {
      return List.of(); // they only explain
    }
  }

  /** The newest of that reason since then. */
  List<Event> since(Instant begun, String reason) {
    return events.stream()
        .filter(event -> reason.equals(event.getReason()) && !at(event).isBefore(begun))
        .toList();
  }

  /** Of any type: that a node is coming is no warning. */
  boolean has(String reason) {
    return events.stream().anyMatch(event -> reason.equals(event.getReason()));
  }

  /** The newest warnings, oldest first, as {@code kubectl get events} shows them. */
  String describe() {
    List<Event> warnings =
        events.stream().filter(event -> "Warning".equals(event.getType())).toList();
    return warnings.stream()
        .skip(Math.max(0, warnings.size() - LINES))
        .map(WorkloadEvents::line)
        .collect(Collectors.joining("\n"));
  }

  private static String line(Event event) {
    var object = event.getInvolvedObject();
    int count = event.getCount() == null ? 1 : event.getCount();
    return "%s %s/%s%s: %s"
        .formatted(
            event.getReason(),
            object.getKind(),
            object.getName(),
            count > 1 ? " (" + count + " times)" : "",
            words(event));
  }

  static String words(Event event) {
    String message = event.getMessage() == null ? "" : PlainText.of(event.getMessage()).strip();
    return message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "…";
  }

  static Instant at(Event event) {
    if (event.getLastTimestamp() != null) {
      return Instant.parse(event.getLastTimestamp());
    }
    if (event.getEventTime() != null && event.getEventTime().getTime() != null) {
      return Instant.parse(event.getEventTime().getTime());
    }
    return Instant.EPOCH;
  }
}
