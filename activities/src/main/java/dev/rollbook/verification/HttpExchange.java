package dev.rollbook.verification;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;

/**
 * One question over a connection of its own, closed in any case. {@link #cancel} may come from any
 * thread at any time: it closes the socket, which ends whatever is going on there.
 */
final class HttpExchange implements Callable<HttpAnswer> {

  private static final Http1Config LIMITS =
      Http1Config.custom()
          .setMaxLineLength(16 * 1024)
          .setMaxHeaderCount(200)
          .setMaxEmptyLineCount(10)
          .build();

  private final URI url;
  private final Optional<InetSocketAddress> through;
  private final ClassicHttpRequest request;
  private final Duration connectWithin;
  private final int longest;
  private Socket socket;
  private boolean cancelled;

  /**
   * @param request as the question is written on the line
   */
  HttpExchange(HttpQuestion question, ClassicHttpRequest request, Duration connectWithin) {
    this.url = question.url();
    this.through = question.through();
    this.request = request;
    this.connectWithin = connectWithin;
    this.longest = question.longest();
  }

  @Override
  public HttpAnswer call() throws IOException, HttpException {
    // the connection is not closed by itself: that would wait for the rest of the answer
    try (Socket plain = connect();
        Socket stream = isTls() ? tls(plain) : plain) {
      DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(LIMITS);
      connection.bind(stream);
      connection.sendRequestHeader(request);
      if (request.getEntity() != null) {
        connection.sendRequestEntity(request);
      }
      connection.flush();
      ClassicHttpResponse response = connection.receiveResponseHeader();
      while (response.getCode() < 200) {
        response = connection.receiveResponseHeader();
      }
      return answer(response, body(connection, response));
    } finally {
      cancel();
    }
  }

  /** At once; never waits for the other side. */
  synchronized void cancel() {
    cancelled = true;
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // closed enough: the descriptor is gone
      }
    }
  }

  /** Tries each address of the host: `localhost` may be 127.0.0.1 and ::1, with one in use. */
  private Socket connect() throws IOException {
    List<InetSocketAddress> addresses = addresses();
    int millis = Math.max(1, (int) connectWithin.toMillis() / addresses.size());
    IOException refused = null;
    for (InetSocketAddress address : addresses) {
      Socket next = open();
      try {
        next.connect(address, millis);
        return next;
      } catch (IOException e) {
        next.close();
        refused = refused == null ? e : refused;
      }
    }
    throw refused;
  }

  private List<InetSocketAddress> addresses() throws UnknownHostException {
    if (through.isPresent()) {
      return List.of(through.get());
    }
    return Stream.of(InetAddress.getAllByName(url.getHost()))
        .map(address -> new InetSocketAddress(address, port()))
        .toList();
  }

  private synchronized Socket open() throws SocketException {
    if (cancelled) {
      throw new SocketException("Cancelled");
    }
    socket = new Socket(Proxy.NO_PROXY);
    return socket;
  }

  private Socket tls(Socket plain) throws IOException {
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    String host = url.getHost().replaceAll("^\\[|]$", "");
    SSLSocket tls = (SSLSocket) factory.createSocket(plain, host, port(), true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return tls;
  }

  /** One byte more than the limit, to see whether there is more. */
  private byte[] body(DefaultBHttpClientConnection connection, ClassicHttpResponse response)
      throws IOException, HttpException {
    if (response.getCode() == 204 || response.getCode() == 304) {
      return new byte[0];
    }
    connection.receiveResponseEntity(response);
    return response.getEntity() == null
        ? new byte[0]
        : response.getEntity().getContent().readNBytes(longest + 1);
  }

  private HttpAnswer answer(ClassicHttpResponse response, byte[] body) {
    Header location = response.getFirstHeader("Location");
    Header retryAfter = response.getFirstHeader("Retry-After");
    boolean redirects = response.getCode() / 100 == 3 && location != null;
    boolean cut = body.length > longest;
    return HttpAnswer.answered(
        response.getCode(),
        redirects ? Optional.of(location.getValue()) : Optional.empty(),
        Optional.ofNullable(retryAfter).map(Header::getValue),
        cut ? Arrays.copyOf(body, longest) : body,
        cut);
  }

  private boolean isTls() {
    return "https".equalsIgnoreCase(url.getScheme());
  }

  private int port() {
    return url.getPort() >= 0 ? url.getPort() : isTls() ? 443 : 80;
  }
}
