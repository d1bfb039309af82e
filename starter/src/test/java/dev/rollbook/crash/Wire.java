package dev.rollbook.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The way to a server on this machine. Once it is cut nothing gets through any more. */
final class Wire implements AutoCloseable {

  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> ends = new CopyOnWriteArrayList<>();
  private final int port;

  /**
   * @param address of the server: {@code 127.0.0.1:7233}
   */
  Wire(String address) throws IOException {
    port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    thread(this::accept);
  }

  String address() {
    return "127.0.0.1:" + door.getLocalPort();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket here = end(door.accept());
        Socket there = end(new Socket(InetAddress.getLoopbackAddress(), port));
        thread(() -> carry(here, there));
        thread(() -> carry(there, here));
      } catch (IOException cut) {
        // by the test, or the server is away
      }
    }
  }

  private synchronized Socket end(Socket socket) throws IOException {
    ends.add(socket);
    if (door.isClosed()) {
      socket.close();
    }
    return socket;
  }

  private static void carry(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
    } catch (IOException closed) {
      // so is the other end
    }
  }

  synchronized void cut() throws IOException {
    door.close();
    for (Socket end : ends) {
      end.close();
    }
  }

  private static void thread(Runnable does) {
    Thread thread = new Thread(does, "wire");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    cut();
  }
}
