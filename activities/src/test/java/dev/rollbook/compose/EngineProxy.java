package dev.rollbook.compose;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * Stands between a worker and the real engine: says no for a while, goes away for good, or lets a
 * test do something at a moment that no event hits.
 */
public final class EngineProxy implements AutoCloseable {

  private static final int CHUNK = 16 * 1024;

  private final URI engine;
  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private volatile int status = 500;
  private volatile Pattern refused = Pattern.compile("^$");
  private volatile Pattern last = Pattern.compile("^$");
  private volatile String version = "";
  private final Moment asked = new Moment();
  private final Moment answered = new Moment();

  /** One request, and what is done at it. */
  private static final class Moment {
    private final AtomicReference<Runnable> does = new AtomicReference<>();
    private volatile Pattern request = Pattern.compile("^$");

    void is(String pattern, Runnable what) {
      request = Pattern.compile(pattern);
      does.set(what);
    }

    void of(String line) {
      if (request.matcher(line).find()) {
        Runnable once = does.getAndSet(null);
        if (once != null) {
          once.run();
        }
      }
    }
  }

  public EngineProxy(URI engine) throws IOException {
    this.engine = engine;
    thread(this::accept);
  }

  /** As a catalog names an engine. */
  public URI uri() {
    return URI.create("tcp://127.0.0.1:" + door.getLocalPort());
  }

  /**
   * The engine fails so many requests.
   *
   * @param request a pattern of what is in the request line: {@code POST .*&#47;stop}
   */
  public EngineProxy refuses(String request, int times) {
    return refuses(request, 500, times);
  }

  /**
   * The engine says no so many times.
   *
   * @param with the HTTP status: 400, 404, 409
   */
  public EngineProxy refuses(String request, int with, int times) {
    refusals.set(times);
    status = with;
    refused = Pattern.compile(request);
    return this;
  }

  /** The engine says that it is one of another age, and takes its requests all the same. */
  public EngineProxy speaks(String oldest, String newest) {
    version =
        "{\"Version\": \"another\", \"ApiVersion\": \"%s\", \"MinAPIVersion\": \"%s\"}"
            .formatted(newest, oldest);
    return this;
  }

  /** The engine is gone from that request on. */
  public EngineProxy goesAwayAt(String request) {
    last = Pattern.compile(request);
    return this;
  }

  /** Once, before the engine gets the first such request. */
  public EngineProxy whenAsked(String request, Runnable does) {
    asked.is(request, does);
    return this;
  }

  /** Once, when the engine has done the first such request, and the worker does not know it yet. */
  public EngineProxy whenDone(String request, Runnable does) {
    answered.is(request, does);
    return this;
  }

  public boolean isGone() {
    return door.isClosed();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = door.accept();
      open.add(client);
      thread(() -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException {
    try (client) {
      String head = head(client.getInputStream());
      String line = head.lines().findFirst().orElse("");
      if (last.matcher(line).find()) {
        close();
      } else if (refused.matcher(line).find() && refusals.getAndDecrement() > 0) {
        client.getOutputStream().write(answer(status, "{\"message\": \"no luck\"}"));
      } else if (!version.isEmpty() && line.contains(" /version ")) {
        client.getOutputStream().write(answer(200, version));
      } else if (!line.isEmpty()) {
        asked.of(line);
        String understood = version.isEmpty() ? head : head.replaceFirst(" /v[0-9.]+/", " /");
        forward(client, understood, () -> answered.of(line));
      }
    }
  }

  private static byte[] answer(int status, String body) {
    return "HTTP/1.1 %d Answer\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(status, body.length(), body)
        .getBytes(StandardCharsets.UTF_8);
  }

  private void forward(Socket client, String head, Runnable whenAnswered) throws IOException {
    try (SocketChannel upstream = SocketChannel.open(address())) {
      open.add(upstream);
      send(upstream, ByteBuffer.wrap(head.getBytes(StandardCharsets.UTF_8)));
      thread(
          () -> {
            byte[] bytes = new byte[CHUNK];
            for (int n; (n = client.getInputStream().read(bytes)) >= 0; ) {
              send(upstream, ByteBuffer.wrap(bytes, 0, n));
            }
          });
      ByteBuffer answer = ByteBuffer.allocate(CHUNK);
      while (upstream.read(answer) >= 0) {
        whenAnswered.run();
        client.getOutputStream().write(answer.array(), 0, answer.position());
        answer.clear();
      }
    }
  }

  /** A channel's own streams would wait for each other. */
  private static void send(SocketChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  private SocketAddress address() {
    return "unix".equals(engine.getScheme())
        ? UnixDomainSocketAddress.of(Path.of(engine.getPath()))
        : new InetSocketAddress(engine.getHost(), engine.getPort());
  }

  /** Of one request for each connection, so that a pattern meets each; empty when none comes. */
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    String text = "";
    while (!text.endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
      text = head.toString(StandardCharsets.UTF_8);
    }
    if (text.lines().anyMatch(line -> line.toLowerCase().startsWith("upgrade:"))) {
      return text;
    }
    StringBuilder kept = new StringBuilder();
    text.strip()
        .lines()
        .filter(line -> !line.toLowerCase().startsWith("connection:"))
        .forEach(line -> kept.append(line).append("\r\n"));
    return kept.append("Connection: close\r\n\r\n").toString();
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void thread(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // one side has hung up
              }
            },
            "engine proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (AutoCloseable each : open) {
      try {
        each.close();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
