package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.ClusterFailure.Missing;
import dev.rollbook.kubernetes.ClusterFailure.Refused;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a pod's node keeps of a container's log, in bounded pieces. One question each, followed by
 * nothing: a followed log may hang for ever on a broken connection.
 */
final class PodLogs {

  private static final int BAD_REQUEST = 400;
  private static final int PIECE = 1024 * 1024;
  private static final int LONGEST_CHARACTER = 4;

  private final Cluster cluster;

  PodLogs(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * The running container's log since its own start, not that of the one before it: its beginning,
   * and of a long one its end too. Each line begins with its time. Empty while it has not begun.
   */
  Optional<String> ofThisStart(ServicePod pod, String container) {
    Optional<String> beginning = read(pod, container, "&timestamps=true&limitBytes=" + PIECE);
    return beginning.isPresent() && bytes(beginning.get()) >= PIECE - LONGEST_CHARACTER
        ? read(pod, container, "&timestamps=true&tailLines=5000&limitBytes=" + PIECE)
            .map(end -> beginning.get() + "\n" + end)
        : beginning;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  Optional<String> lastLines(ServicePod pod, String container, int lines) {
    return read(pod, container, "&timestamps=true&limitBytes=" + PIECE + "&tailLines=" + lines);
  }

  /** Of the container that ran before the last restart. */
  Optional<String> previousLines(ServicePod pod, String container, int lines) {
    return read(
        pod,
        container,
        "&previous=true&timestamps=true&limitBytes=" + PIECE + "&tailLines=" + lines);
  }

  private Optional<String> read(ServicePod pod, String container, String more) {
    String path =
        "/api/v1/namespaces/%s/pods/%s/log?container=%s%s"
            .formatted(pod.namespace(), pod.name(), container, more);
    try {
      return Optional.ofNullable(cluster.call("logs of " + pod.name(), client -> client.raw(path)));
    } catch (Missing gone) {
      return Optional.empty();
    } catch (Refused refused) {
      // a container that waits to be created, or never had a predecessor
      if (refused.status() == BAD_REQUEST) {
        return Optional.empty();
      }
      throw refused;
    }
  }
}
