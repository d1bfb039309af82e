package dev.rollbook.escalation;

import dev.rollbook.Failures;
import dev.rollbook.Heartbeat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The catalog's channels, by name. */
public final class Channels implements Notices {

  private final Map<String, Channel> channels;
  private final Messages messages;
  private final NoticeSpool spool;
  private final Supplier<Heartbeat> heartbeat;
  private final IntSupplier attempt;

  public Channels(
      Map<String, Channel> channels,
      Messages messages,
      NoticeSpool spool,
      Supplier<Heartbeat> heartbeat,
      IntSupplier attempt) {
    this.channels = new TreeMap<>(channels);
    this.messages = messages;
    this.spool = spool;
    this.heartbeat = heartbeat;
    this.attempt = attempt;
  }

  @Override
  public Sent send(Notice notice) {
    Channel channel = notice.channel() == null ? null : channels.get(notice.channel());
    if (channel == null) {
      throw Failures.hopeless(
          Delivery.BROKEN,
          "The catalog of this worker has no channel "
              + Message.line(String.valueOf(notice.channel()), 60)
              + "; it has: "
              + (channels.isEmpty() ? "none" : String.join(", ", channels.keySet())));
    }
    Heartbeat beats = heartbeat.get();
    String receipt =
        channel.send(messages.of(notice), () -> beats.beat("sending over " + notice.channel()));
    return new Sent(receipt, attempt.getAsInt());
  }

  @Override
  public Sent spool(Notice notice) {
    return new Sent(spool.add(notice).toString(), attempt.getAsInt());
  }
}
