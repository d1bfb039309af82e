import com.sun.net.httpserver.HttpServer;
import java.io.FileReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;

/** A small real service whose behaviour is what its release's `release.properties` says. */
public final class Shop {
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
    long upAt =
        System.currentTimeMillis() + Long.parseLong(release.getProperty("upAfterMillis", "0"));
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
            0);
    server.createContext(
        "/",
        exchange -> {
          String status = System.currentTimeMillis() < upAt ? "DOWN" : health;
          byte[] body =
              ("{\"status\":\"" + status + "\",\"version\":\"" + version + "\"}")
                  .getBytes(StandardCharsets.UTF_8);
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
}
