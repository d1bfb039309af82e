package dev.rollbook.cli;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which service, and where. */
final class ServiceParameters {

  @Parameters(index = "0", paramLabel = "SERVICE", description = "A service of the catalog.")
  String service;

  @Option(
      names = {"-e", "--environment"},
      paramLabel = "ENV",
      required = true,
      description = "One of its environments.")
  String environment;
}
