package dev.rollbook.escalation;

import dev.rollbook.Heartbeat;
import dev.rollbook.Redaction;
import io.temporal.client.ActivityCompletionException;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The catalog's boards, told all at once: one that hangs keeps no other from being told. */
public final class Boards implements Announcements {

  private static final int LONGEST_TITLE = 300;

  private final List<NoticeBoard> boards;
  private final Redaction redaction;
  private final Supplier<Heartbeat> heartbeat;
  private final IntSupplier attempt;

  public Boards(
      List<NoticeBoard> boards,
      Redaction redaction,
      Supplier<Heartbeat> heartbeat,
      IntSupplier attempt) {
    this.boards = List.copyOf(boards);
    this.redaction = redaction;
    this.heartbeat = heartbeat;
    this.attempt = attempt;
  }

  @Override
  public Announced announce(Incident incident, State state, Set<String> told) {
    Set<String> before = told == null ? Set.of() : told;
    Heartbeat beats = heartbeat.get();
    String title = redaction.clean(Message.line(incident.title(), LONGEST_TITLE));
    List<NoticeBoard> concerned =
        boards.stream()
            .filter(board -> board.concerns(incident.environment()))
            .filter(board -> !before.contains(board.name()))
            .toList();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> saying = new ArrayList<>();
      for (NoticeBoard each : concerned) {
        Announcement announcement = each.announcement(incident, title, state);
        saying.add(
            threads.submit(
                () -> each.board().say(announcement, () -> beats.beat("telling " + each.name()))));
      }
      return heard(state, before, concerned, saying);
    } finally {
      threads.shutdownNow();
    }
  }

  private Announced heard(
      State state, Set<String> before, List<NoticeBoard> concerned, List<Future<?>> saying) {
    List<String> told = new ArrayList<>();
    List<String> troubles = new ArrayList<>();
    boolean passes = false;
    Optional<Duration> again = Optional.empty();
    for (int i = 0; i < saying.size(); i++) {
      String name = concerned.get(i).name();
      try {
        saying.get(i).get();
        told.add(name);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted while telling " + name);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof ActivityCompletionException ended) {
          throw ended;
        }
        troubles.add(words(name, e.getCause()));
        again = later(again, e.getCause());
        passes |= !(e.getCause() instanceof ApplicationFailure failure && failure.isNonRetryable());
      }
    }
    if (troubles.isEmpty() || !told.isEmpty()) {
      // whoever tries the others again, perhaps elsewhere, must know of these
      List<String> all = new ArrayList<>(new TreeSet<>(before));
      all.addAll(told);
      return new Announced(all, troubles, attempt.getAsInt());
    }
    throw ApplicationFailure.newBuilder()
        .setType("NotAnnounced")
        .setMessage(state + " is not announced everywhere: " + String.join("; ", troubles))
        .setNonRetryable(!passes)
        .setNextRetryDelay(again.orElse(null))
        .build();
  }

  /** One that is asked before its time says no again, and tries are few. */
  private static Optional<Duration> later(Optional<Duration> one, Throwable thrown) {
    Optional<Duration> other =
        thrown instanceof ApplicationFailure failure
            ? Optional.ofNullable(failure.getNextRetryDelay())
            : Optional.empty();
    return Stream.concat(one.stream(), other.stream()).max(Comparator.naturalOrder());
  }

  private static String words(String name, Throwable thrown) {
    return thrown instanceof ApplicationFailure failure
        ? failure.getOriginalMessage()
        : "board " + name + ": " + thrown.getMessage();
  }
}
