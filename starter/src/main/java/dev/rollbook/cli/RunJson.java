package dev.rollbook.cli;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rollbook.Payloads;
import dev.rollbook.Plan;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import java.util.List;

/** A run as other programs read it. */
final class RunJson {

  private static final ObjectMapper MAPPER =
      Payloads.mapper().copy().addMixIn(Plan.class, PlanToRead.class);

  private RunJson() {}

  /** Target and findings stand in the run itself; what else is pinned is between our own steps. */
  @JsonIgnoreProperties({"pinned", "findings"})
  private interface PlanToRead {}

  static String of(Object answer) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A run of which no more is known than that it was asked for. */
  static Run started(String runId, RollbackRequest request) {
    return new Run(
        runId,
        request.service(),
        request.environment(),
        null,
        null,
        null,
        request.plan() == null ? null : request.plan().pinned().from(),
        request.plan() == null ? null : request.plan().pinned().target(),
        request.plan(),
        null,
        null,
        null,
        null,
        null,
        null,
        request.plan() == null ? List.of() : request.plan().findings(),
        List.of());
  }

  static String targetOf(RollbackRequest request) {
    if (request.plan() == null) {
      return request.to() == null ? "" : " (target " + request.to() + ")";
    }
    return " (target " + request.plan().pinned().target().describe() + ")";
  }
}
