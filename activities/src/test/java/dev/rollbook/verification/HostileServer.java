package dev.rollbook.verification;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TCP server that reads a request's head and then does what a test wants of it. */
final class HostileServer implements AutoCloseable {

  interface Behaviour {
    void answer(Socket client) throws Exception;
  }

  private final ServerSocket server;
  private final Behaviour behaviour;
  private final List<Socket> clients = new CopyOnWriteArrayList<>();

  HostileServer(Behaviour behaviour) throws IOException {
    this.server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    this.behaviour = behaviour;
    start(this::accept);
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/actuator/health");
  }

  int accepted() {
    return clients.size();
  }

  /** True when the other side has closed every connection. */
  boolean isLeftAlone() {
    return clients.stream().allMatch(HostileServer::isClosedByPeer);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        clients.add(client);
        start(() -> serve(client));
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private void serve(Socket client) {
    try {
      InputStream in = client.getInputStream();
      for (int last = 0; last != 0x0d0a0d0a; ) {
        int next = in.read();
        if (next < 0) {
          return;
        }
        last = last << 8 | next;
      }
      behaviour.answer(client);
    } catch (Exception gone) {
      // the client went away, as it should
    }
  }

  private static boolean isClosedByPeer(Socket client) {
    try {
      if (client.isClosed()) {
        return true;
      }
      client.setSoTimeout(1);
      return client.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "hostile server");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
