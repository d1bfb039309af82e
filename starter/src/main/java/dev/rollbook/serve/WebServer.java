package dev.rollbook.serve;

import dev.rollbook.catalog.ServeSettings;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** HTTP for a few known paths, on Jetty; slow and greedy clients are cut. */
final class WebServer implements AutoCloseable {

  private static final int THREADS = 200;
  private static final int HEADER_BYTES = 16 << 10;
  private static final int WAITING = 1024;

  private final ServeSettings settings;
  private final Server server;
  private final ServerConnector connector;

  /**
   * @throws IllegalStateException what of the settings cannot be used, and what now
   */
  WebServer(ServeSettings settings, List<Route> routes, Traffic traffic) {
    this.settings = settings;
    check(settings);
    Credentials credentials = new Credentials(settings);
    QueuedThreadPool threads = new QueuedThreadPool(THREADS, 4);
    threads.setName("rollbook-http");
    this.server = new Server(threads);
    this.connector = connector();
    Routes handler = new Routes(routes, credentials, traffic);
    server.setHandler(handler);
    Request.Handler refusals = handler::refuse;
    server.setErrorHandler(refusals);
    server.addConnector(connector);
  }

  /**
   * @throws IllegalStateException what of the settings cannot be used, and what now
   */
  static void check(ServeSettings settings) {
    new Credentials(settings).check();
    new Signatures(settings.signature(), Clock.systemUTC()).check();
    settings.tls().ifPresent(ServerCertificate::of);
    try {
      if (!settings.authenticates()
          && !InetAddress.getByName(settings.address()).isLoopbackAddress()) {
        throw new IllegalStateException(
            "serve.address %s is reached from elsewhere, and nobody would be asked who they are: give serve.bearer, serve.basic or serve.tls.clients, or listen on 127.0.0.1"
                .formatted(settings.address()));
      }
    } catch (UnknownHostException e) {
      throw new IllegalStateException(
          "serve.address " + settings.address() + " is no address of any machine", e);
    }
  }

  private ServerConnector connector() {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(HEADER_BYTES);
    // paths are compared to the letter, so none is ambiguous
    http.setUriCompliance(UriCompliance.UNSAFE);
    HttpConnectionFactory plain = new HttpConnectionFactory(http);
    ServerConnector made =
        settings
            .tls()
            .map(tls -> secured(tls, http, plain))
            .orElseGet(() -> new ServerConnector(server, 1, 1, plain));
    made.setHost(settings.address());
    made.setPort(settings.port());
    made.setAcceptQueueSize(WAITING);
    made.setIdleTimeout(settings.limits().idle().toMillis());
    made.addBean(new Deadlines(settings.limits(), made.getScheduler()));
    return made;
  }

  private ServerConnector secured(
      ServeSettings.Tls tls, HttpConfiguration http, HttpConnectionFactory plain) {
    http.addCustomizer(new SecureRequestCustomizer(false));
    SslContextFactory.Server ssl = ServerCertificate.of(tls);
    ServerConnector made =
        new ServerConnector(server, 1, 1, new SslConnectionFactory(ssl, "http/1.1"), plain);
    made.addBean(new RenewedCertificate(tls, ssl, made.getScheduler()));
    return made;
  }

  /**
   * @throws IllegalStateException when it cannot listen there
   */
  void start() {
    try {
      server.start();
    } catch (Exception e) {
      close();
      throw new IllegalStateException(
          "cannot listen on %s port %d: %s"
              .formatted(settings.address(), settings.port(), e.getMessage()),
          e);
    }
  }

  /** Where it listens. */
  URI url() {
    String host =
        settings.address().contains(":") ? "[" + settings.address() + "]" : settings.address();
    return URI.create(
        (settings.tls().isPresent() ? "https://" : "http://")
            + host
            + ":"
            + connector.getLocalPort());
  }

  /** Ends at once: whoever is not answered sends again. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the server does not end", e);
    }
  }
}
