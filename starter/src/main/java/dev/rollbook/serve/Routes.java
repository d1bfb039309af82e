package dev.rollbook.serve;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Invocable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what is done at a path, and lets nobody near it who may not: path, method, credentials,
 * type and length are looked at before a body is read, and the body is whole before anything is
 * done. Never redirects: Alertmanager would follow with a GET, and lose the alert.
 */
final class Routes extends Handler.Abstract {

  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

  /** What all bodies that are being read may need together. */
  private static final int BODY_KIB = 64 << 10;

  private final List<Route> routes;
  private final Credentials credentials;
  private final Traffic traffic;
  private final Map<String, Semaphore> turns = new HashMap<>();
  private final Semaphore bodyKib = new Semaphore(BODY_KIB);

  Routes(List<Route> routes, Credentials credentials, Traffic traffic) {
    this.routes = List.copyOf(routes);
    routes.stream()
        .filter(each -> each.atOnce() > 0)
        .forEach(each -> turns.putIfAbsent(each.path(), new Semaphore(each.atOnce())));
    this.credentials = credentials;
    this.traffic = traffic;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = request.getHttpURI().getPath();
    List<Route> here = routes.stream().filter(each -> each.path().equals(path)).toList();
    Answer answer = new Answer(here.isEmpty() ? "other" : path, response, callback);
    if (here.isEmpty()) {
      answer.with(Reply.refused(404, "there is nothing here").last());
      return true;
    }
    Optional<Route> route =
        here.stream().filter(each -> each.takes(request.getMethod())).findFirst();
    if (route.isEmpty()) {
      answer.with(
          Reply.refused(405, "another method is wanted here")
              .with(HttpHeader.ALLOW.asString(), Route.allowed(here))
              .last());
    } else if (!route.get().isOpen() && !credentials.letIn(request)) {
      answer.with(
          Reply.refused(401, "who are you? See `serve` in the catalog")
              .with(HttpHeader.WWW_AUTHENTICATE.asString(), credentials.challenge())
              .last());
    } else if (route.get().body() == null) {
      act(route.get(), request, new byte[0], answer);
    } else {
      read(route.get(), request, answer);
    }
    return true;
  }

  /** Where a reply goes, and is counted. */
  private final class Answer {
    private final long begunAt = System.nanoTime();
    private final String path;
    private final Response response;
    private final Callback callback;

    private Answer(String path, Response response, Callback callback) {
      this.path = path;
      this.response = response;
      this.callback = callback;
    }

    void with(Reply reply) {
      traffic.count(path, reply.status(), System.nanoTime() - begunAt);
      reply.send(response, callback);
    }
  }

  private void read(Route route, Request request, Answer answer) {
    Route.Body wanted = route.body();
    if (!type(request).equals(wanted.type())) {
      answer.with(Reply.refused(415, "must be " + wanted.type()).last());
      return;
    }
    if (request.getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
      answer.with(Reply.refused(415, "must not be encoded").last());
      return;
    }
    if (request.getLength() > wanted.mostBytes()) {
      answer.with(tooLarge(wanted));
      return;
    }
    int bytes = request.getLength() < 0 ? wanted.mostBytes() : (int) request.getLength();
    int kib = (bytes >> 10) + 1;
    if (!bodyKib.tryAcquire(kib)) {
      answer.with(Reply.refused(503, "too many messages at a time; send it again").last());
      return;
    }
    // one byte more than is allowed, to tell a body that is too long from one that breaks off
    Content.Source.asByteArrayAsync(
        request,
        wanted.mostBytes() + 1,
        Promise.Invocable.from(
            Invocable.InvocationType.NON_BLOCKING,
            (byte[] body, Throwable failure) -> {
              bodyKib.release(kib);
              if (failure != null) {
                answer.with(unread(wanted, failure));
              } else if (body.length > wanted.mostBytes()) {
                answer.with(tooLarge(wanted));
              } else {
                act(route, request, body, answer);
              }
            }));
  }

  private static String type(Request request) {
    List<HttpField> types = request.getHeaders().getFields(HttpHeader.CONTENT_TYPE);
    return types.size() != 1 || types.get(0).getValue() == null
        ? ""
        : types.get(0).getValue().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  private static Reply tooLarge(Route.Body wanted) {
    return Reply.refused(413, "more than " + wanted.mostBytes() + " bytes").last();
  }

  private static Reply unread(Route.Body wanted, Throwable failure) {
    if (failure instanceof HttpException http && http.getCode() < 500) {
      return Reply.refused(http.getCode(), "not as HTTP wants it").last();
    }
    return failure instanceof IllegalStateException
        ? tooLarge(wanted)
        : Reply.refused(400, "the body broke off").last();
  }

  private void act(Route route, Request request, byte[] body, Answer answer) {
    Semaphore own = turns.get(route.path());
    if (own != null && !own.tryAcquire()) {
      answer.with(Reply.refused(503, "too much to do; send it again"));
      return;
    }
    try {
      request
          .getComponents()
          .getExecutor()
          .execute(() -> actAndRelease(route, request, body, own, answer));
    } catch (RejectedExecutionException e) {
      release(own);
      answer.with(Reply.refused(503, "this server is being ended").last());
    }
  }

  private static void release(Semaphore own) {
    if (own != null) {
      own.release();
    }
  }

  private void actAndRelease(
      Route route, Request request, byte[] body, Semaphore own, Answer answer) {
    Reply reply;
    try {
      reply = route.action().answer(request, body);
    } catch (Exception e) {
      LOG.error("{} {} failed", route.method(), route.path(), e);
      reply = Reply.refused(500, "a fault of Rollbook; its log says more");
    } finally {
      release(own);
    }
    answer.with(reply);
  }

  /** What Jetty itself refuses; says nothing of what was sent. */
  boolean refuse(Request request, Response response, Callback callback) {
    int status = Math.max(response.getStatus(), 400);
    new Answer("other", response, callback)
        .with(Reply.refused(status, HttpStatus.getMessage(status)).last());
    return true;
  }
}
