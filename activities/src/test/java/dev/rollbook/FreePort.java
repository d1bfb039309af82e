package dev.rollbook;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port of 127.0.0.1 for a service that a test starts later. Not one that the kernel would give to
 * somebody's outgoing connection meanwhile, as it does with those from 32768 on; nor one that was
 * given to another test, which may not have bound it yet.
 */
public final class FreePort {

  private static final int LOWEST = 15_000;
  private static final int HIGHEST = 32_000;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  public static int any() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        if (GIVEN.add(port)) {
          return socket.getLocalPort();
        }
      } catch (IOException taken) {
        // the next one
      }
    }
  }
}
