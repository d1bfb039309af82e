package dev.rollbook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A real UNIX socket that gives one HTTP request a JSON answer. */
final class CannedUnixSocket implements AutoCloseable {

  private final ServerSocketChannel server;
  private final Path socket;

  private CannedUnixSocket(ServerSocketChannel server, Path socket) {
    this.server = server;
    this.socket = socket;
  }

  static CannedUnixSocket answering(Path socket, String json) throws IOException {
    var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread thread = new Thread(() -> answerOnce(server, json), "canned-unix-socket");
    thread.setDaemon(true);
    thread.start();
    return new CannedUnixSocket(server, socket);
  }

  /** {@code unix:///tmp/docker.sock} */
  String address() {
    return "unix://" + socket;
  }

  private static void answerOnce(ServerSocketChannel server, String json) {
    String answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            .formatted(json.length(), json);
    try (SocketChannel client = server.accept()) {
      client.read(ByteBuffer.allocate(8192));
      client.write(ByteBuffer.wrap(answer.getBytes(UTF_8)));
    } catch (IOException e) {
      // the test ended before a client came: what it asserts says the rest
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
