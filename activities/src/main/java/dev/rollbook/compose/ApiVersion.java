package dev.rollbook.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.core.RemoteApiVersion;
import dev.rollbook.compose.EngineFailure.UnsuitableEngine;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of the engine's API.
 *
 * <p>docker-java does not negotiate: a version that the engine does not speak, in either direction,
 * makes every call fail.
 */
record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {

  /** The newest one that Rollbook knows; what a newer engine adds is not used. */
  static final ApiVersion NEWEST = new ApiVersion(1, 44);

  /** Docker 1.12: the first with all that is asked for. */
  static final ApiVersion OLDEST = new ApiVersion(1, 24);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

  /**
   * The newest that both speak. An engine whose oldest is newer than our newest is asked in its
   * oldest: that is nearest to what we know.
   *
   * @param version the engine's answer to {@code GET /version}
   */
  static ApiVersion agreed(URI host, JsonNode version) {
    ApiVersion newest = read(host, version, "ApiVersion");
    if (newest.compareTo(OLDEST) < 0) {
      throw new UnsuitableEngine(
          "The Docker Engine at %s is too old: %s speaks API %s, and %s is the oldest that Rollbook can work with; upgrade the engine"
              .formatted(host, version.path("Version").asText("it"), newest, OLDEST),
          null);
    }
    ApiVersion oldest = version.hasNonNull("MinAPIVersion") ? oldest(host, version) : OLDEST;
    ApiVersion common = newest.compareTo(NEWEST) < 0 ? newest : NEWEST;
    return common.compareTo(oldest) < 0 ? oldest : common;
  }

  private static ApiVersion oldest(URI host, JsonNode version) {
    return read(host, version, "MinAPIVersion");
  }

  private static ApiVersion read(URI host, JsonNode version, String field) {
    Matcher matcher = TEXT.matcher(version.path(field).asText(""));
    if (!matcher.matches()) {
      throw new UnsuitableEngine(
          "What answers at %s is not a Docker Engine: its /version has no %s; correct 'engine' or DOCKER_HOST"
              .formatted(host, field),
          null);
    }
    return new ApiVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  boolean isNewerThanKnown() {
    return compareTo(NEWEST) > 0;
  }

  RemoteApiVersion forDockerJava() {
    return RemoteApiVersion.create(major, minor);
  }

  @Override
  public int compareTo(ApiVersion other) {
    return major != other.major
        ? Integer.compare(major, other.major)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
