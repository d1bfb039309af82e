package dev.rollbook.cli;

import picocli.CommandLine.Command;

@Command(name = "unfreeze", description = "Lifts a freeze: alerts may roll back again.")
final class UnfreezeCommand extends FreezeWord {

  @Override
  int say(RollbookCommand rollbook, String service, String reason) throws Exception {
    return new Freezing(rollbook, service).unfreeze(reason);
  }
}
