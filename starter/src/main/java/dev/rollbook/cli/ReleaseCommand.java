package dev.rollbook.cli;

import picocli.CommandLine.Command;

@Command(
    name = "release",
    description = "Lifts a stop: the service runs again as it did before, with who and why kept.")
final class ReleaseCommand extends ReasonedWord {

  @Override
  int say(RollbookCommand rollbook, ServiceParameters service, String reason) throws Exception {
    return new Ordering(rollbook, service).release(reason);
  }
}
