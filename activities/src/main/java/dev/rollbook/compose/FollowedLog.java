package dev.rollbook.compose;

import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import dev.rollbook.StartLines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/**
 * The log of one start of one container, followed on a thread of its own: a read from the engine's
 * socket has no time limit, and a quiet log answers nothing for hours.
 */
final class FollowedLog implements AutoCloseable {

  private static final int NOT_IMPLEMENTED = 501;

  /** How a log came to its end. */
  enum End {
    /** It goes on. */
    NONE,
    ENDED,
    /** The log driver gives nothing back. */
    UNREADABLE
  }

  private final ContainerState container;
  private final StartLines lines;
  private final Runnable news;
  private final Thread thread;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile End end = End.NONE;
  private volatile Response response;
  private volatile boolean closed;

  /**
   * @param news called after each line that is waited for, and at the end
   */
  FollowedLog(DockerEngine engine, ContainerState container, StartLines lines, Runnable news) {
    this.container = container;
    this.lines = lines;
    this.news = news;
    DockerHttpClient http = ((DockerClientImpl) engine.client()).getHttpClient();
    Request request = Request.builder().method(Request.Method.GET).path(path(engine)).build();
    this.thread = new Thread(() -> follow(http, request), "log of " + container.name());
    thread.setDaemon(true);
    thread.start();
  }

  private String path(DockerEngine engine) {
    return "/v%s/containers/%s/logs?follow=1&stdout=1&stderr=1&since=%d.%09d"
        .formatted(
            engine.api(),
            container.id(),
            container.beginning().getEpochSecond(),
            container.beginning().getNano());
  }

  boolean isOf(ContainerState state) {
    return container.id().equals(state.id()) && container.startedAt().equals(state.startedAt());
  }

  ContainerState container() {
    return container;
  }

  StartLines lines() {
    return lines;
  }

  End end() {
    return end;
  }

  CountDownLatch over() {
    return over;
  }

  private void follow(DockerHttpClient http, Request request) {
    try (Response answer = http.execute(request)) {
      response = answer;
      if (closed) {
        return;
      }
      if (answer.getStatusCode() == 200) {
        new LogStream(answer.getBody(), !container.tty()).read(this::heard);
        end = End.ENDED;
      } else {
        String why = new String(answer.getBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean never =
            answer.getStatusCode() == NOT_IMPLEMENTED || why.contains("does not support reading");
        end = never ? End.UNREADABLE : End.ENDED;
      }
    } catch (IOException | RuntimeException e) {
      // closed by us, or broken off: who waits looks at the container, and follows again
      end = End.ENDED;
    } finally {
      over.countDown();
      news.run();
    }
  }

  private void heard(String line) {
    if (lines.add(line)) {
      news.run();
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (response != null) {
      response.close();
    }
  }
}
