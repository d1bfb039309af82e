package dev.rollbook.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.rollbook.Payloads;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import java.util.List;

/** A run as other programs read it. */
final class RunJson {

  private RunJson() {}

  static String of(Object answer) {
    try {
      return Payloads.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(answer);
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
        request.plan() == null ? List.of() : request.plan().findings(),
        List.of());
  }

  static String targetOf(RollbackRequest request) {
    return request.plan() == null
        ? ""
        : " (target " + request.plan().pinned().target().describe() + ")";
  }
}
