package dev.rollbook.escalation;

import static dev.rollbook.StepOptions.SENT_WITHIN;

import dev.rollbook.Elapsed;
import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import io.temporal.failure.ApplicationFailure;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The catalog's channels, by name. */
public final class Channels implements Notices {

  private final Map<String, Channel> channels;
  private final Messages messages;
  private final NoticeSpool spool;
  private final Supplier<Heartbeat> heartbeat;
  private final IntSupplier attempt;
  private final Supplier<Duration> spent;

  /**
   * @param spent since the first attempt of what this thread sends was to begin
   */
  public Channels(
      Map<String, Channel> channels,
      Messages messages,
      NoticeSpool spool,
      Supplier<Heartbeat> heartbeat,
      IntSupplier attempt,
      Supplier<Duration> spent) {
    this.channels = new TreeMap<>(channels);
    this.messages = messages;
    this.spool = spool;
    this.heartbeat = heartbeat;
    this.attempt = attempt;
    this.spent = spent;
  }

  @Override
  public Sent send(Notice notice) {
    Channel channel = find(notice.channel());
    return inTime(
        "sending over " + notice.channel(),
        beat ->
            new Sent(
                channel.send(messages.of(notice), beat), attempt.getAsInt(), channel.staysOpen()));
  }

  @Override
  public Sent follow(Followed call) {
    Channel channel = find(call.channel());
    return inTime(
        "telling " + call.channel(),
        beat ->
            new Sent(
                channel.follow(Message.safe(call.noticeId()), call.became(), beat),
                attempt.getAsInt(),
                channel.staysOpen()));
  }

  private Channel find(String name) {
    Channel channel = name == null ? null : channels.get(name);
    if (channel == null) {
      throw Failures.hopeless(
          Delivery.BROKEN,
          "The catalog of this worker has no channel "
              + Message.line(String.valueOf(name), 60)
              + "; it has: "
              + (channels.isEmpty() ? "none" : String.join(", ", channels.keySet())));
    }
    return channel;
  }

  /** Tried again by Temporal, until the time for one channel is over. */
  private Sent inTime(String progress, Function<Runnable, Sent> sends) {
    Heartbeat beats = heartbeat.get();
    long begun = System.nanoTime();
    try {
      return sends.apply(() -> beats.beat(progress));
    } catch (ApplicationFailure failure) {
      Duration gone = spent.get().plusNanos(System.nanoTime() - begun);
      throw failure.isNonRetryable() || gone.plus(pause(failure)).compareTo(SENT_WITHIN) < 0
          ? failure
          : Failures.hopeless(
              Delivery.BROKEN,
              "%s; given up after %s"
                  .formatted(failure.getOriginalMessage(), Elapsed.describe(gone)));
    }
  }

  /** Until the next attempt. */
  private static Duration pause(ApplicationFailure failure) {
    return failure.getNextRetryDelay() == null ? Duration.ZERO : failure.getNextRetryDelay();
  }

  @Override
  public Sent spool(Notice notice) {
    return new Sent(spool.add(notice).toString(), attempt.getAsInt(), false);
  }
}
