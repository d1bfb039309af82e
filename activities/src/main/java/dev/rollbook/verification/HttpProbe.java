package dev.rollbook.verification;

import dev.rollbook.Failures;
import dev.rollbook.Secret;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;

/**
 * Asks one URL once. Follows no redirect, uses no proxy, and is done at the time limit at the
 * latest, however the other side behaves; what it has not read by then is cut off with the
 * connection. Nothing of a question outlives it, save a name lookup that the system keeps waiting.
 */
public final class HttpProbe {

  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final long BEAT_NANOS = Duration.ofMillis(900).toNanos();

  /** So that a connection that never came is told before the whole limit has passed. */
  private static final Duration GRACE = Duration.ofMillis(100);

  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  /**
   * @param within time limit, to the last byte
   * @param whileWaiting called at least once a second; what it throws ends the exchange and comes
   *     out of here
   * @throws io.temporal.failure.ApplicationFailure BadRequest, not retried, when the catalog's URL
   *     or a header cannot be sent
   */
  public HttpAnswer ask(
      URI url, Map<String, Secret> headers, Duration within, Runnable whileWaiting) {
    return ask(HttpQuestion.get(url, headers), within, whileWaiting);
  }

  /** As above, for what is more than a GET. */
  public HttpAnswer ask(HttpQuestion question, Duration within, Runnable whileWaiting) {
    URI url = question.url();
    Duration connectWithin = within.compareTo(CONNECT_WITHIN) < 0 ? within : CONNECT_WITHIN;
    HttpTrouble trouble = new HttpTrouble(url, within);
    HttpExchange exchange = new HttpExchange(question, request(question), connectWithin);
    FutureTask<HttpAnswer> answer = new FutureTask<>(exchange);
    Thread thread = new Thread(answer, "asking " + url.getHost());
    thread.setDaemon(true);
    long deadline = System.nanoTime() + within.plus(GRACE).toNanos();
    thread.start();
    try {
      for (long left = within.toNanos(); left > 0; left = deadline - System.nanoTime()) {
        try {
          return answer.get(Math.min(left, BEAT_NANOS), TimeUnit.NANOSECONDS);
        } catch (TimeoutException notYet) {
          whileWaiting.run();
        }
      }
      return trouble.noAnswer();
    } catch (ExecutionException e) {
      return trouble.explain(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking " + url.getHost(), e);
    } finally {
      exchange.cancel();
    }
  }

  private static ClassicHttpRequest request(HttpQuestion question) {
    URI url = question.url();
    boolean isHttp = "http".equalsIgnoreCase(url.getScheme());
    if (url.getHost() == null || !isHttp && !"https".equalsIgnoreCase(url.getScheme())) {
      throw Failures.hopeless(
          "BadRequest", url + " is no http or https URL with a host; mend it in the catalog");
    }
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    ClassicHttpRequest request = new BasicClassicHttpRequest(question.method(), path + query);
    request.setHeader("Host", url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort()));
    request.setHeader("Accept", "application/json, */*;q=0.5");
    request.setHeader("User-Agent", "rollbook");
    question.headers().forEach((name, value) -> request.setHeader(name, header(name, value)));
    request.setHeader("Connection", "close");
    if (question.hasBody()) {
      ByteArrayEntity json = new ByteArrayEntity(question.body(), ContentType.APPLICATION_JSON);
      request.setHeader("Content-Type", json.getContentType());
      request.setHeader("Content-Length", json.getContentLength());
      request.setEntity(json);
    }
    return request;
  }

  private static String header(String name, Secret value) {
    String revealed;
    try {
      revealed = value.reveal();
    } catch (IllegalStateException | UncheckedIOException e) {
      throw Failures.hopeless("BadRequest", "Header " + name + ": " + e.getMessage());
    }
    if (!HEADER_NAME.matcher(name).matches()
        || revealed.chars().anyMatch(c -> c < ' ' || c > '~')) {
      throw Failures.hopeless(
          "BadRequest",
          "Header "
              + name
              + " cannot be sent: its name or its value has characters that no header may have;"
              + " mend it in the catalog");
    }
    return revealed;
  }
}
