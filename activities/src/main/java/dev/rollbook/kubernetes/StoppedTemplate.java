package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a workload's pods were made from when it was stopped, as a digest on record there: by it a
 * release knows whether somebody has deployed since. Not by a revision, which a paused workload
 * need not have, nor by the generation, which any other change raises too.
 */
final class StoppedTemplate {

  private static final int DIGITS = 16;

  private StoppedTemplate() {}

  /** The same while it is stopped as before and after. */
  static String digest(Cluster cluster, WorkloadState now) {
    PodTemplateSpec template = StoppedNodes.without(Revisions.withoutHash(now.template()));
    String json = cluster.client().getKubernetesSerialization().asJson(template);
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(sha.digest(json.getBytes(StandardCharsets.UTF_8)))
          .substring(0, DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** False also where an older Rollbook stopped it, which kept no digest. */
  static boolean isReplaced(Cluster cluster, WorkloadState now) {
    String stopped = now.annotations().get(OwnAnnotations.STOPPED_TEMPLATE);
    return stopped != null && !stopped.equals(digest(cluster, now));
  }
}
