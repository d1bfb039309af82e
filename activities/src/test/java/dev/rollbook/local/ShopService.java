package dev.rollbook.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A service in a process of its own: counts its starts, listens, answers that it is up. */
public final class ShopService {

  private ShopService() {}

  /**
   * @param arguments port, file that counts the starts, bind address or "-" for all, and what else
   *     to do: {@code children}, or {@code deaf-children}, which do not end when asked to
   */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(
        Path.of(arguments[1]), "start\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    ServerSocket server = new ServerSocket();
    int port = Integer.parseInt(arguments[0]);
    server.bind(
        arguments[2].equals("-")
            ? new InetSocketAddress(port)
            : new InetSocketAddress(InetAddress.getByName(arguments[2]), port));
    if (arguments.length > 3) {
      String deaf = arguments[3].startsWith("deaf") ? "trap '' TERM; " : "";
      new ProcessBuilder("sh", "-c", deaf + "sleep 1000 & sleep 1001").start();
    }
    System.out.println("Started ShopService in 0.1 seconds");
    while (true) {
      try (Socket socket = server.accept()) {
        socket.getInputStream().read();
        byte[] up = "{\"status\":\"UP\"}".getBytes(StandardCharsets.UTF_8);
        String head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + up.length
                + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().write(up);
      } catch (SocketException gone) {
        // whoever only looks whether somebody listens hangs up at once
      }
    }
  }
}
