package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Event;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the cluster says has happened to one object, by its UID. Kept for about an hour, and a best
 * effort: never the only proof of anything.
 */
final class EventLines {

  private static final int MOST = 20;

  private final Cluster cluster;
  private final String namespace;

  EventLines(Cluster cluster, String namespace) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /** The newest last, one line each. */
  List<String> of(String uid) {
    List<Event> events =
        cluster.call(
            "list events",
            client ->
                client
                    .v1()
                    .events()
                    .inNamespace(namespace)
                    .withField("involvedObject.uid", uid)
                    .list()
                    .getItems());
    List<Event> sorted = events.stream().sorted(Comparator.comparing(EventLines::time)).toList();
    return sorted.subList(Math.max(0, sorted.size() - MOST), sorted.size()).stream()
        .map(EventLines::line)
        .toList();
  }

  /** {@code 2026-11-23T05:17:00Z Warning BackOff (7 times): Back-off restarting failed …}. */
  private static String line(Event event) {
    int count = event.getCount() == null ? 1 : event.getCount();
    return "%s %s %s%s: %s"
        .formatted(
            time(event),
            event.getType(),
            event.getReason(),
            count == 1 ? "" : " (" + count + " times)",
            event.getMessage() == null ? "" : event.getMessage().strip());
  }

  /** Which field is set depends on who wrote it. */
  private static String time(Event event) {
    return Stream.of(
            event.getLastTimestamp(),
            event.getEventTime() == null ? null : event.getEventTime().getTime(),
            event.getFirstTimestamp(),
            event.getMetadata().getCreationTimestamp())
        .filter(time -> time != null && !time.isEmpty())
        .findFirst()
        .orElse("");
  }

  static String joined(List<String> lines) {
    return lines.stream().map(line -> "  " + line).collect(Collectors.joining("\n", "", "\n"));
  }
}
