package dev.rollbook.aftermath;

import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import io.temporal.activity.ActivityInterface;

/** The runbook's Incident Report: {@code docs/troubleshooting/YYYY/MM/TS-YYYYMMDD-XXX-title.md}. */
@ActivityInterface(namePrefix = "IncidentReport")
public interface IncidentReport {

  /**
   * Writes the run's report, or writes it again into the file it has already; what people wrote
   * into it stays.
   *
   * @param executionId what no other run has, and this one still has when it is started again with
   *     its plan
   */
  Written write(RollbackRequest request, Run run, String executionId);

  /**
   * @param file absolute path on the worker's machine
   * @param attempt the attempt that succeeded
   */
  record Written(String file, int attempt) {}
}
