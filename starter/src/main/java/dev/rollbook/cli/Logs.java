package dev.rollbook.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** The log: in a file beside a person's own output, on standard error for a worker. */
final class Logs {

  private static final String FIRST = "%-5level %logger{0} %msg%n";

  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSX,UTC} %-5level %logger{0} %msg%n";

  private Logs() {}

  /** Before a second thread may log: while one prepares the log, another is not given it. */
  static void prepare() {
    LoggerFactory.getILoggerFactory();
  }

  static void first(LoggerContext context) {
    use(context, onStandardError(), FIRST, Level.WARN);
  }

  static void toFile(Path file) {
    FileAppender<ILoggingEvent> appender = new FileAppender<>();
    appender.setFile(file.toString());
    appender.setAppend(true);
    use(appender);
  }

  static void toStandardError() {
    use(onStandardError());
  }

  private static OutputStreamAppender<ILoggingEvent> onStandardError() {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setTarget("System.err");
    return appender;
  }

  private static void use(OutputStreamAppender<ILoggingEvent> appender) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    use(context, appender, PATTERN, Level.INFO);
  }

  private static void use(
      LoggerContext context,
      OutputStreamAppender<ILoggingEvent> appender,
      String pattern,
      Level ours) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    context.getLogger("dev.rollbook").setLevel(ours);
  }
}
