package dev.rollbook.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Of `rollbook demo kubernetes`: which cluster, and what runs there. */
final class ClusterOptions {

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "kubernetes: the kubeconfig. Default: KUBECONFIG, else ~/.kube/config.")
  Path kubeconfig;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "kubernetes: its context. Default: the current one.")
  String context;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      defaultValue = "busybox:1.37",
      description =
          "kubernetes: what the demo's pods run, any image with busybox. Default: ${DEFAULT-VALUE}.")
  String image;

  @Option(
      names = "--yes",
      description = "kubernetes: do not ask before a namespace is made in the cluster.")
  boolean yes;
}
