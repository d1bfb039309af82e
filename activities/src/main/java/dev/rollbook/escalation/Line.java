package dev.rollbook.escalation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;

/** Sockets that can be closed from outside, whatever a library waits for on them. */
final class Line extends SocketFactory {

  private final List<Socket> sockets = new ArrayList<>();
  private boolean isHungUp;

  synchronized void hangUp() {
    isHungUp = true;
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        // closed enough: the descriptor is gone
      }
    }
  }

  @Override
  public synchronized Socket createSocket() throws IOException {
    if (isHungUp) {
      throw new IOException("Hung up");
    }
    Socket socket = new Socket(Proxy.NO_PROXY);
    sockets.add(socket);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
      throws IOException {
    throw unconnectedOnly();
  }

  private static IOException unconnectedOnly() {
    return new IOException("Sockets are connected with a time limit only");
  }
}
