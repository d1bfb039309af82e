package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * Stands between a worker and the real API server: plain HTTP on this side, TLS with the
 * certificate of a kubeconfig on the other, or the token of one. Does to single requests what
 * networks and busy servers do.
 */
public final class ApiProxy implements AutoCloseable {

  /** What becomes of a request. */
  public enum Fault {
    /** The connection is closed before the server hears of it. */
    CUT,
    /** The server does what it is asked, but its answer is lost. */
    ANSWER_LOST,
    /** The answer breaks off. */
    TORN,
    /** Nobody answers. */
    SILENCE,
    /** The server hears of it after 30 s, when whoever asked has given up. */
    LATE,
    /** A watch is told that what it follows is too old. */
    GONE,
    /** A watch that was taken ends. */
    CLOSED,
    FORBIDDEN(403),
    CONFLICT(409),
    TOO_MANY(429),
    ERROR(500);

    private final int status;

    Fault() {
      this(0);
    }

    Fault(int status) {
      this.status = status;
    }
  }

  /** One request, and what is done before the server gets it. */
  private record Moment(Pattern request, Runnable does) {}

  private record Rule(Pattern request, Fault fault, int[] times) {}

  private record Hold(BooleanSupplier when, CountDownLatch held) {}

  private static final Duration LATE = Duration.ofSeconds(30);

  /** Of a WebSocket: 1000, all is well. */
  private static final byte[] END = {(byte) 0x88, 2, 3, (byte) 0xE8};

  private static final String OUTDATED =
      "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Expired\",\"code\":410}}";

  private final URI server;
  private final SSLContext tls;
  private final String token;
  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final List<Hold> holds = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final List<String> late = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicReference<Moment> asked = new AtomicReference<>();

  public ApiProxy(Path kubeconfig) throws IOException, GeneralSecurityException {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    config.setClientKeyAlgo("EC");
    server = URI.create(config.getMasterUrl());
    tls = SSLUtils.sslContext(config);
    token = config.getAutoOAuthToken();
    thread(this::accept);
  }

  /** One that leads here. */
  public Path kubeconfig(Path folder) throws IOException {
    return Files.writeString(
        folder.resolve("proxy.kubeconfig"),
        """
        {"apiVersion": "v1", "kind": "Config", "current-context": "proxy",
         "clusters": [{"name": "proxy", "cluster": {"server": "%s"}}],
         "users": [{"name": "proxy", "user": {%s}}],
         "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}]}
        """
            .formatted(url(""), token == null ? "" : "\"token\": \"" + token + "\""));
  }

  /**
   * @param request a pattern of what is in the request line: {@code GET .*watch=true}
   */
  public ApiProxy next(String request, Fault fault) {
    return rule(request, fault, 1);
  }

  public ApiProxy each(String request, Fault fault) {
    return rule(request, fault, Integer.MAX_VALUE);
  }

  /** Once, before the server gets the first such request. */
  public ApiProxy whenAsked(String request, Runnable does) {
    asked.set(new Moment(Pattern.compile(request), does));
    return this;
  }

  private ApiProxy rule(String request, Fault fault, int times) {
    rules.add(new Rule(Pattern.compile(request), fault, new int[] {times}));
    return this;
  }

  /**
   * The next request that comes while it is so is never answered: whoever waits for it is caught in
   * the middle.
   *
   * @return is counted down then
   */
  public CountDownLatch hold(BooleanSupplier when) {
    CountDownLatch held = new CountDownLatch(1);
    holds.add(new Hold(when, held));
    return held;
  }

  /** Of this side. */
  public String url(String path) {
    return "http://127.0.0.1:" + door.getLocalPort() + path;
  }

  /** All goes well again, and nothing was seen. */
  public void reset() {
    rules.clear();
    requests.clear();
  }

  /** What is under way is cut off, and every watch. */
  void cut() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** The first line of what the server answered each {@link Fault#LATE} request. */
  List<String> lateAnswers() {
    return List.copyOf(late);
  }

  /** Each one's first line. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  public long seen(String request) {
    Pattern pattern = Pattern.compile(request);
    return requests.stream().filter(line -> pattern.matcher(line).find()).count();
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
      List<String> head = head(client.getInputStream());
      if (head.isEmpty()) {
        return;
      }
      requests.add(head.get(0));
      Moment moment = asked.get();
      if (moment != null
          && moment.request().matcher(head.get(0)).find()
          && asked.compareAndSet(moment, null)) {
        moment.does().run();
      }
      Fault fault = fault(head.get(0));
      if (fault == Fault.SILENCE) {
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
      } else if (fault != null && fault.status > 0) {
        client.getOutputStream().write(answer(fault.status));
      } else if (fault != Fault.CUT && (fault != Fault.LATE || isStillOpenLater())) {
        forward(client, head, fault);
      }
    }
  }

  private boolean isStillOpenLater() {
    try {
      return !closed.await(LATE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  private synchronized Fault fault(String line) {
    for (Hold hold : holds) {
      if (hold.when().getAsBoolean()) {
        holds.remove(hold);
        hold.held().countDown();
        return Fault.SILENCE;
      }
    }
    for (Rule rule : rules) {
      if (rule.times()[0] > 0 && rule.request().matcher(line).find()) {
        rule.times()[0]--;
        return rule.fault();
      }
    }
    return null;
  }

  private static byte[] answer(int status) {
    String body =
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"no luck\",\"code\":%d}"
            .formatted(status);
    return "HTTP/1.1 %d No Luck\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(status, body.length(), body)
        .getBytes(StandardCharsets.UTF_8);
  }

  private void forward(Socket client, List<String> head, Fault fault) throws IOException {
    try (Socket upstream =
        tls.getSocketFactory().createSocket(server.getHost(), server.getPort())) {
      open.add(upstream);
      upstream.getOutputStream().write(oneRequest(head).getBytes(StandardCharsets.UTF_8));
      thread(() -> client.getInputStream().transferTo(upstream.getOutputStream()));
      if (fault == Fault.ANSWER_LOST) {
        head(upstream.getInputStream());
        return;
      }
      if (fault == Fault.LATE) {
        late.add(head(upstream.getInputStream()).get(0));
        return;
      }
      if (fault == Fault.GONE || fault == Fault.CLOSED || fault == Fault.TORN) {
        String answer = String.join("\r\n", head(upstream.getInputStream())) + "\r\n\r\n";
        client.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      }
      if (fault == Fault.GONE) {
        client.getOutputStream().write(frame(OUTDATED));
      }
      if (fault == Fault.CLOSED) {
        client.getOutputStream().write(END);
        return;
      }
      if (fault == Fault.TORN) {
        client.getOutputStream().write(upstream.getInputStream().readNBytes(100));
        return;
      }
      upstream.getInputStream().transferTo(client.getOutputStream());
    }
  }

  /** One for each connection, so that a pattern meets each; a WebSocket is one for ever. */
  private static String oneRequest(List<String> head) {
    if (head.stream().anyMatch(line -> line.equalsIgnoreCase("Upgrade: websocket"))) {
      return String.join("\r\n", head) + "\r\n\r\n";
    }
    List<String> kept =
        new ArrayList<>(
            head.stream()
                .filter(line -> !line.matches("(?i)(connection|upgrade|http2-settings):.*"))
                .toList());
    kept.add("Connection: close");
    return String.join("\r\n", kept) + "\r\n\r\n";
  }

  /** Of a WebSocket: one text message. */
  private static byte[] frame(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0x81);
    frame.write(126);
    frame.write(bytes.length >> 8);
    frame.write(bytes.length);
    frame.writeBytes(bytes);
    return frame.toByteArray();
  }

  /** Empty when there comes none. */
  private static List<String> head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    String text = "";
    while (!text.endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return List.of();
      }
      head.write(next);
      text = head.toString(StandardCharsets.UTF_8);
    }
    return text.strip().lines().toList();
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
            "api proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    door.close();
    cut();
  }
}
