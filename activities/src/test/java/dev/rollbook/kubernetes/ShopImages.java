package dev.rollbook.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The shop's images on the cluster's node. Made once and left there: all shops share them. */
final class ShopImages {

  static final String REPOSITORY = "rollbook.local/shop";

  private static final List<String> TAGS = List.of("good", "other", "bad");
  private static final Path ENGINES = Path.of("..", "dev", "engines", "engines");

  private final Path node;

  /**
   * @param kubeconfig as {@code dev/engines} wrote it, beside its containerd
   */
  ShopImages(Path kubeconfig) {
    this.node = kubeconfig.resolveSibling("containerd").resolve("containerd.sock");
  }

  /** Makes those that the node lacks. One of several Java processes at a time. */
  void make() {
    synchronized (ShopImages.class) {
      makeMissing();
    }
  }

  private void makeMissing() {
    Path lock = Path.of(System.getProperty("java.io.tmpdir"), "rollbook-shop-images.lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock(); // until it is closed
      List<String> there = ctr("images", "ls", "-q").lines().toList();
      List<String> missing =
          TAGS.stream()
              .map(tag -> REPOSITORY + ":" + tag)
              .filter(image -> !there.contains(image))
              .toList();
      for (String image : missing) {
        run(
            "FROM rollbook.local/busybox:1\nLABEL shop=" + image + "\n",
            List.of("docker", "build", "--no-cache", "--quiet", "--tag", image, "-"));
      }
      if (!missing.isEmpty()) {
        List<String> load = new ArrayList<>(List.of("bash", ENGINES.toString(), "load"));
        load.addAll(missing);
        run("", load);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From now on the name means the bits of that tag, as a mutable tag does. */
  void tag(String tag, String name) {
    ctr("images", "tag", "--force", REPOSITORY + ":" + tag, name);
  }

  void remove(String name) {
    ctr("images", "rm", name);
  }

  private String ctr(String... arguments) {
    return run(
        "",
        Stream.concat(Stream.of("ctr", "-a", node.toString(), "-n", "k8s.io"), Stream.of(arguments))
            .toList());
  }

  private static String run(String input, List<String> command) {
    try {
      Path out = Files.createTempFile("shop-images", ".out");
      try {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("DOCKER_BUILDKIT", "0");
        Process process = builder.redirectOutput(out.toFile()).start();
        try (var stdin = process.getOutputStream()) {
          stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
          process.destroyForcibly();
          throw new AssertionError(command + " did not end");
        }
        String said = Files.readString(out);
        if (process.exitValue() != 0) {
          throw new AssertionError(command + " exited " + process.exitValue() + ": " + said);
        }
        return said;
      } finally {
        Files.deleteIfExists(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(command + " was interrupted", e);
    }
  }
}
