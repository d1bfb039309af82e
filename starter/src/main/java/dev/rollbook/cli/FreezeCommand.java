package dev.rollbook.cli;

import picocli.CommandLine.Command;

@Command(
    name = "freeze",
    description =
        "From now on no alert rolls back a service, or any; what you ask for yourself still does.")
final class FreezeCommand extends FreezeWord {

  @Override
  int say(RollbookCommand rollbook, String service, String reason) throws Exception {
    return new Freezing(rollbook, service).freeze(reason);
  }
}
