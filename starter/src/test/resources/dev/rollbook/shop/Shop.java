import com.sun.net.httpserver.HttpServer;
import java.io.FileReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/** A small real service whose behaviour is what its release's `release.properties` says. */
public final class Shop {
  private static final long HUGE = 100_000_000;

  public static void main(String[] arguments) throws Exception {
    Properties release = new Properties();
    release.load(new FileReader("release.properties"));
    String version = release.getProperty("version");
    Files.writeString(
        Path.of(arguments[1]),
        "start " + version + " " + ProcessHandle.current().pid() + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    Thread.sleep(Long.parseLong(release.getProperty("startMillis", "0")));
    if (Boolean.parseBoolean(release.getProperty("dies", "false"))) {
      System.out.println("cannot start: no configuration");
      System.exit(7);
    }
    String health = release.getProperty("health", "UP");
    String database = release.getProperty("database", "UP");
    long upAt =
        System.currentTimeMillis() + Long.parseLong(release.getProperty("upAfterMillis", "0"));
    String answers = release.getProperty("answers", "soon");
    String told = String.valueOf(System.getenv(release.getProperty("tells", "nothing")));
    System.out.println("told " + told);
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
            0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/",
        exchange -> {
          String status = System.currentTimeMillis() < upAt ? "DOWN" : health;
          String parts =
              database.equals("UP")
                  ? ""
                  : ",\"components\":{\"db\":{\"status\":\"" + database + "\"}}";
          byte[] body =
              ("{\"status\":\"" + status + "\"" + parts + ",\"version\":\"" + version + "\",\"told\":\"" + told + "\"}")
                  .getBytes(StandardCharsets.UTF_8);
          if (!answers.equals("soon")) {
            exchange.sendResponseHeaders(200, answers.equals("huge") ? HUGE : 0);
            flood(exchange.getResponseBody(), answers);
          }
          exchange.sendResponseHeaders(status.equals("UP") ? 200 : 503, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    if (Boolean.parseBoolean(release.getProperty("ignoresTerm", "false"))) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> {
        try {
          Thread.sleep(600_000);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }));
    }
    System.out.println("Started ShopApplication in 0.1 seconds (" + version + ")");
  }

  /** An answer that never comes, that never ends, or that is 100 MB. */
  private static void flood(OutputStream body, String how) throws IOException {
    byte[] piece = "{\"status\":\"UP\",".repeat(1000).getBytes(StandardCharsets.UTF_8);
    for (long sent = 0; !how.equals("huge") || sent < HUGE; sent += piece.length) {
      if (how.equals("never")) {
        LockSupport.park();
      } else {
        body.write(piece, 0, (int) Math.min(piece.length, how.equals("huge") ? HUGE - sent : piece.length));
      }
    }
    body.close();
  }
}
