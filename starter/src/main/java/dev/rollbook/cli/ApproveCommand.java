package dev.rollbook.cli;

import picocli.CommandLine.Command;

@Command(
    name = "approve",
    description =
        "Allows what a run asks (`rollbook status` shows it), and follows the run to its end.")
final class ApproveCommand extends ReasonedWord {

  @Override
  int say(RollbookCommand rollbook, ServiceParameters service, String reason) throws Exception {
    return new Deciding(rollbook, service).approve(reason);
  }
}
