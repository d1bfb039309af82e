package dev.rollbook.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.rollbook.SelfSigned;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A server that says UP over TLS, with a certificate for one name, on every address of this
 * machine. Until it is closed this Java trusts that certificate, and no other.
 */
final class TrustedServer implements AutoCloseable {

  private final SSLContext before = SSLContext.getDefault();
  private final HttpsServer server;

  TrustedServer(Path folder, String name)
      throws IOException, GeneralSecurityException, InterruptedException {
    KeyStore store = SelfSigned.in(folder.resolve("store.p12"), "dns:" + name);
    // one entry is the server's key; the other makes its certificate one to be trusted
    store.setCertificateEntry("trusted", store.getCertificate(SelfSigned.ALIAS));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, SelfSigned.password());
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(store);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/",
        exchange -> {
          byte[] up = "{\"status\":\"UP\"}".getBytes(UTF_8);
          exchange.sendResponseHeaders(200, up.length);
          exchange.getResponseBody().write(up);
          exchange.close();
        });
    server.start();
    SSLContext.setDefault(tls);
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    SSLContext.setDefault(before);
    server.stop(0);
  }
}
