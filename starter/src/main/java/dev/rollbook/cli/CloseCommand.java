package dev.rollbook.cli;

import picocli.CommandLine.Command;

@Command(
    name = "close",
    description =
        "The incident is over: nobody is called any more, and it is announced as resolved.")
final class CloseCommand extends ReasonedWord {

  @Override
  int say(RollbookCommand rollbook, ServiceParameters service, String reason) throws Exception {
    return new Answering(rollbook, service).close(reason);
  }
}
