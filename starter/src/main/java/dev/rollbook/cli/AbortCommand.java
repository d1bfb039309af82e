package dev.rollbook.cli;

import picocli.CommandLine.Command;

@Command(
    name = "abort",
    description =
        "Ends a run before its time: its step is cut off, and a service it touched is stopped.")
final class AbortCommand extends ReasonedWord {

  @Override
  int say(RollbookCommand rollbook, ServiceParameters service, String reason) throws Exception {
    return new Deciding(rollbook, service).abort(reason);
  }
}
