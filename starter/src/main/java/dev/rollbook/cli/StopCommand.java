package dev.rollbook.cli;

import picocli.CommandLine.Command;

@Command(
    name = "stop",
    description =
        "Stops a service at once, without a rollback; calls people, and announces it. A run under way is aborted.")
final class StopCommand extends ReasonedWord {

  @Override
  int say(RollbookCommand rollbook, ServiceParameters service, String reason) throws Exception {
    return new Ordering(rollbook, service).stop(reason);
  }
}
