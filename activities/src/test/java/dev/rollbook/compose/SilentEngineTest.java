package dev.rollbook.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rollbook.Heartbeat;
import dev.rollbook.KeptStop;
import dev.rollbook.PinnedService;
import dev.rollbook.Redaction;
import dev.rollbook.ReleaseOrder;
import dev.rollbook.StopFile;
import dev.rollbook.Version;
import dev.rollbook.aftermath.HealthyVersionsFile;
import dev.rollbook.local.MachineProcesses;
import dev.rollbook.verification.HttpHealth;
import io.temporal.client.ActivityCanceledException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** An engine that takes every call, says its version, and then nothing for ever. */
@Isolated("looks at all threads")
@Timeout(120)
class SilentEngineTest {

  private static final String VERSION =
      "{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}";

  @TempDir Path folder;
  private final LabelledContainers shop = new LabelledContainers();
  private final List<SocketChannel> callers = new CopyOnWriteArrayList<>();
  private final AtomicBoolean tellsVersion = new AtomicBoolean(true);
  private ServerSocketChannel socket;

  @BeforeEach
  void listen() throws IOException {
    Path path = folder.resolve("docker.sock");
    socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    socket.bind(UnixDomainSocketAddress.of(path));
    shop.engine = URI.create("unix://" + path);
    serve();
  }

  private void serve() {
    Thread accepting = new Thread(this::accept, "silent engine");
    accepting.setDaemon(true);
    accepting.start();
    shop.onBeat =
        () -> {
          if (shop.beats.size() > 3) {
            throw new ActivityCanceledException();
          }
        };
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
    for (SocketChannel caller : callers) {
      caller.close();
    }
  }

  @Test
  void no_step_outlives_its_cancel() {
    endsWhenCancelled(() -> shop.containerHealth().awaitStart(pinned()));
    endsWhenCancelled(() -> shop.containerHealth().awaitHealthy(pinned()));
    shop.dependencies =
        List.of(
            new ComposeEnvironment.Dependency(
                "db", Optional.empty(), Optional.of("db:3306"), Optional.empty(), true));
    endsWhenCancelled(() -> shop.containerHealth().checkDependencies(pinned()));
  }

  @Test
  void nor_does_any_that_changes_something() throws IOException {
    PinnedService pinned = pinned();
    ComposeEnvironments environments = (service, place) -> shop.environment();
    DockerEngines engines = new DockerEngines();
    MachineProcesses machine = new MachineProcesses();
    Supplier<Heartbeat> beat = () -> shop::beat;
    HttpHealth http = new HttpHealth((service, place) -> null, Redaction.NONE, beat, () -> 1);
    HealthyVersionsFile versions = new HealthyVersionsFile(folder, Clock.systemUTC(), () -> 1);
    EngineImages images =
        new EngineImages(environments, engines, folder, machine, versions, Redaction.NONE, beat);
    ContainerEvidence evidence =
        new ContainerEvidence(environments, engines, folder, http, Redaction.NONE, beat);
    EngineContainers containers =
        new EngineContainers(
            environments, engines, folder, machine, Redaction.NONE, evidence::capture, beat);
    new StopFile(folder, pinned)
        .write(new KeptStop(List.of("a plan"), JsonNodeFactory.instance.objectNode(), null, false));

    endsWhenCancelled(() -> images.protect(pinned));
    endsWhenCancelled(() -> containers.captureEvidence(pinned));
    endsWhenCancelled(() -> containers.stop(pinned));
    endsWhenCancelled(() -> containers.restart(pinned.underStop("a plan")));
    endsWhenCancelled(() -> containers.restartStack(pinned));
    endsWhenCancelled(() -> containers.stopAfterFailure(pinned));
    endsWhenCancelled(() -> shop.containerHealth().verify(pinned));
    endsWhenCancelled(() -> release(pinned));
    endsWhenCancelled(
        () ->
            new ComposeInspection(
                    environments, engines, versions, http, folder, Clock.systemUTC(), beat)
                .inspect(PreflightFindingsTest.asked(null, false)));
    tellsVersion.set(false); // it asks for no more before it builds
    endsWhenCancelled(() -> images.rebuild(pinned));
  }

  private void release(PinnedService pinned) throws IOException {
    try (DockerEngine engine = DockerEngine.open(shop.engine, () -> shop.beat("starting"))) {
      new ContainerRelease(
              pinned.service(),
              shop.environment(),
              engine,
              new StopFile(folder, pinned),
              ReleaseOrder.ofRollback(pinned),
              Redaction.NONE,
              shop::beat)
          .release();
    }
  }

  @Test
  void nor_over_tcp() throws IOException {
    socket.close();
    socket = ServerSocketChannel.open();
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    shop.engine =
        URI.create("tcp://127.0.0.1:" + ((InetSocketAddress) socket.getLocalAddress()).getPort());
    serve();

    endsWhenCancelled(() -> shop.containerHealth().awaitStart(pinned()));
    endsWhenCancelled(() -> shop.containerHealth().awaitHealthy(pinned()));
  }

  @Test
  void one_that_does_not_even_tell_its_version_is_given_up() {
    tellsVersion.set(false);
    shop.onBeat = () -> {};
    assertThatThrownBy(() -> shop.containerHealth().awaitStart(pinned()))
        .isInstanceOf(EngineFailure.EngineUnreachable.class)
        .hasMessageContaining("did not answer `GET /version`");
    assertThat(shop.beats).isNotEmpty();
  }

  private PinnedService pinned() {
    PinnedService none = shop.pinned(Version.image("sha256:" + "a".repeat(64), "shop:previous"));
    ComposePin pin = none.compose();
    return new PinnedService(
        none.service(),
        none.environment(),
        none.planId(),
        none.from(),
        none.target(),
        null,
        new ComposePin(
            pin.project(),
            pin.service(),
            pin.directory(),
            pin.files(),
            List.of(new ComposePin.Container("c".repeat(64), 1, none.from().id())),
            pin.image(),
            pin.pin(),
            null,
            null),
        null);
  }

  private void endsWhenCancelled(ThrowingCallable step) {
    shop.beats.clear();
    assertThatThrownBy(step).isInstanceOf(ActivityCanceledException.class);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("docker-engine")));
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel caller = socket.accept();
        callers.add(caller);
        Thread answering = new Thread(() -> answer(caller), "silent engine");
        answering.setDaemon(true);
        answering.start();
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private void answer(SocketChannel caller) {
    try {
      ByteBuffer question = ByteBuffer.allocate(8 * 1024);
      while (caller.read(question) >= 0) {
        String asked = new String(question.array(), 0, question.position(), StandardCharsets.UTF_8);
        if (tellsVersion.get() && asked.contains("GET /version") && asked.contains("\r\n\r\n")) {
          question.clear();
          OutputStream out = Channels.newOutputStream(caller);
          out.write(
              ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                      + VERSION.length()
                      + "\r\n\r\n"
                      + VERSION)
                  .getBytes(StandardCharsets.UTF_8));
          out.flush();
        }
      }
    } catch (IOException e) {
      if (caller.isOpen()) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
