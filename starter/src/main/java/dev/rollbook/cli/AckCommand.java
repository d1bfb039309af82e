package dev.rollbook.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "ack",
    description = "Answers a call: this level is called no more. Says who answered first.")
final class AckCommand implements Callable<Integer> {

  @ParentCommand RollbookCommand rollbook;
  @Mixin ServiceParameters service;

  @Option(
      names = "--level",
      paramLabel = "NAME",
      description = "For which level; else the one that was called last.")
  String level;

  @Option(names = "--note", paramLabel = "TEXT", description = "What to say; kept in the record.")
  String note;

  @Override
  public Integer call() throws Exception {
    return new Answering(rollbook, service).acknowledge(level, note);
  }
}
