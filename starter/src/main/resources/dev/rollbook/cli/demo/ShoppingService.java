import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** The demo's service: a product list, and health as Spring Boot tells it. */
public final class ShoppingService {

  private static final String VERSION = "@version@";
  private static final boolean DATABASE_UP = @databaseUp@;
  private static final String PRODUCTS =
      "[{\"id\":1,\"name\":\"Tea\",\"price\":4.5},{\"id\":2,\"name\":\"Cup\",\"price\":12.0}]";

  public static void main(String[] arguments) throws IOException, InterruptedException {
    long begun = System.nanoTime();
    int port = Integer.parseInt(System.getenv("SERVER_PORT"));
    Thread.sleep(1500); // a framework would take its time here
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext("/actuator/health", ShoppingService::health);
    server.createContext("/actuator/info", e -> answer(e, 200, "{\"version\":\"" + VERSION + "\"}"));
    server.createContext("/api/v1/products", ShoppingService::products);
    server.start();
    double seconds = (System.nanoTime() - begun) / 1e9;
    System.out.printf("Started ShoppingServiceApplication in %.3f seconds (%s)%n", seconds, VERSION);
    if (!DATABASE_UP) {
      System.out.println("ERROR HikariPool-1 - Connection is not available: mysql-db:3306 refused");
    }
  }

  private static void health(HttpExchange exchange) throws IOException {
    if (DATABASE_UP) {
      answer(exchange, 200, "{\"status\":\"UP\",\"components\":{\"db\":{\"status\":\"UP\"}}}");
    } else {
      answer(
          exchange,
          503,
          "{\"status\":\"DOWN\",\"components\":{\"db\":{\"status\":\"DOWN\","
              + "\"details\":{\"error\":\"Connection is not available: mysql-db:3306 refused\"}}}}");
    }
  }

  private static void products(HttpExchange exchange) throws IOException {
    if (DATABASE_UP) {
      answer(exchange, 200, PRODUCTS);
    } else {
      answer(exchange, 500, "{\"error\":\"Internal Server Error\"}");
    }
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
