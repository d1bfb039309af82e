package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rollbook.compose.CountedShop;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * What happens to a service's containers, in the engine's own words, none left out: its events tell
 * every creation and every removal in their order, so that not even a moment without a container
 * stays hidden. Beside that the engine is asked five times a second, since events are words only;
 * such a sample misses what is shorter than that.
 */
final class ContainerWatch implements AutoCloseable {

  private static final long ASKS_EVERY_MILLIS = 200;

  /**
   * @param number of the container within its service
   * @param kind {@code create}, {@code start}, {@code die}, {@code destroy}, …
   * @param image as the container's configuration names it
   * @param at the engine's nanoseconds since 1970
   */
  record Event(int number, String kind, String container, String image, long at) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  private final CountedShop shop;
  private final long since = nanos(Instant.now());
  private final Process events;
  private final List<Event> seen = new CopyOnWriteArrayList<>();
  private final Map<String, Runnable> hooks = new ConcurrentHashMap<>();
  private final AtomicInteger samples = new AtomicInteger();
  private final AtomicInteger empty = new AtomicInteger();
  private volatile boolean closed;

  ContainerWatch(CountedShop shop) throws IOException {
    this.shop = shop;
    this.events =
        new ProcessBuilder(
                "docker",
                "events",
                "--since",
                String.valueOf(since / 1_000_000_000),
                "--filter",
                "type=container",
                "--filter",
                "label=com.docker.compose.project=" + shop.project(),
                "--filter",
                "label=com.docker.compose.service=shop",
                "--format",
                "{{json .}}")
            .redirectErrorStream(true)
            .start();
    thread(this::read);
    thread(this::sample);
  }

  /** Once, the moment the engine tells it. */
  void on(String kind, Runnable does) {
    hooks.put(kind, does);
  }

  boolean happened(String kind) {
    return seen.stream().anyMatch(event -> event.kind().equals(kind));
  }

  long count(String kind) {
    return seen.stream().filter(event -> event.kind().equals(kind)).count();
  }

  /** Returns once the engine has told of the container's start, and so of all before it. */
  void awaitStartOf(String container) {
    Awaitility.await("the start of " + container)
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                seen.stream()
                    .anyMatch(
                        event ->
                            event.kind().equals("start") && event.container().equals(container)));
  }

  /** By the engine's own time, since its words come a moment later. */
  List<Event> startsAfter(Instant moment) {
    return seen.stream()
        .filter(event -> event.kind().equals("start") && event.at() > nanos(moment))
        .toList();
  }

  /** In words, to be printed: how often what was done. */
  String counts() {
    return "created %d, started %d, removed %d, %d samples"
        .formatted(count("create"), count("start"), count("destroy"), samples.get());
  }

  /**
   * From the deployment to now there was one of the service for each of its numbers, in whatever
   * state, at any moment.
   */
  void assertNeverNone() {
    List<Event> all = new ArrayList<>(seen);
    for (int number = 1; number <= shop.deployed().size(); number++) {
      int one = number;
      assertNeverNone(
          shop.deployed().get(number - 1),
          all.stream().filter(event -> event.number() == one).toList());
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () -> assertThat(samples.get()).as("samples of the containers").isGreaterThan(20));
    assertThat(empty.get()).as("samples without a container, of " + samples.get()).isZero();
  }

  private static void assertNeverNone(String deployed, List<Event> all) {
    Set<String> there = new HashSet<>(Set.of(deployed));
    for (Event event : all) {
      if (event.kind().equals("create")) {
        there.add(event.container());
      } else if (event.kind().equals("destroy")) {
        there.remove(event.container());
      }
      assertThat(there).as("containers of the service after %s of %s", event, all).isNotEmpty();
    }
  }

  private void read() {
    try (BufferedReader lines = events.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode json = JSON.readTree(line);
        String kind = json.path("Action").asText();
        String id = json.path("Actor").path("ID").asText();
        long at = json.path("timeNano").asLong();
        if (at < since || kind.startsWith("exec_")) {
          continue;
        }
        JsonNode labels = json.path("Actor").path("Attributes");
        String image = labels.path("image").asText();
        int number = labels.path("com.docker.compose.container-number").asInt();
        seen.add(new Event(number, kind, id, image, at));
        Runnable does = hooks.remove(kind);
        if (does != null) {
          does.run();
        }
      }
    } catch (IOException e) {
      if (!closed) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  private void sample() {
    while (!closed) {
      if (shop.containers().size() < shop.deployed().size()) {
        empty.incrementAndGet();
      }
      samples.incrementAndGet();
      try {
        Thread.sleep(ASKS_EVERY_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static long nanos(Instant now) {
    return now.getEpochSecond() * 1_000_000_000 + now.getNano();
  }

  private static void thread(Runnable does) {
    Thread thread = new Thread(does, "container-watch");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    events.destroyForcibly();
  }
}
