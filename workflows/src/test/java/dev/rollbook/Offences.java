package dev.rollbook;

import static dev.rollbook.WorkflowsDoNoIoTest.CLOCK_AND_CHANCE;
import static dev.rollbook.WorkflowsDoNoIoTest.MACHINE_AND_THREADS;
import static dev.rollbook.WorkflowsDoNoIoTest.WHAT_MAY_BE_USED;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.temporal.client.WorkflowClient;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Date;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** What workflow code must not do, one class for each way: none is ever run. */
final class Offences {

  private Offences() {}

  static Stream<Arguments> all() {
    return Stream.of(
        arguments(WHAT_MAY_BE_USED, ReadsAStream.class),
        arguments(WHAT_MAY_BE_USED, NamesAFile.class),
        arguments(WHAT_MAY_BE_USED, ListsADirectory.class),
        arguments(WHAT_MAY_BE_USED, OpensASocket.class),
        arguments(WHAT_MAY_BE_USED, KeepsAnHttpClient.class),
        arguments(WHAT_MAY_BE_USED, AsksADatabase.class),
        arguments(WHAT_MAY_BE_USED, CallsTemporalItself.class),
        arguments(WHAT_MAY_BE_USED, StartsAnExecutor.class),
        arguments(WHAT_MAY_BE_USED, TakesALock.class),
        arguments(MACHINE_AND_THREADS, StartsAProcess.class),
        arguments(MACHINE_AND_THREADS, LooksForAProcess.class),
        arguments(MACHINE_AND_THREADS, CountsProcessors.class),
        arguments(MACHINE_AND_THREADS, Sleeps.class),
        arguments(MACHINE_AND_THREADS, StartsAThread.class),
        arguments(MACHINE_AND_THREADS, Prints.class),
        arguments(MACHINE_AND_THREADS, ReadsTheEnvironment.class),
        arguments(MACHINE_AND_THREADS, CountsMilliseconds.class),
        arguments(MACHINE_AND_THREADS, CountsNanoseconds.class),
        arguments(CLOCK_AND_CHANCE, AsksTheClock.class),
        arguments(CLOCK_AND_CHANCE, AsksTheClockByReference.class),
        arguments(CLOCK_AND_CHANCE, AsksTheDay.class),
        arguments(CLOCK_AND_CHANCE, MakesADate.class),
        arguments(CLOCK_AND_CHANCE, ThrowsDice.class),
        arguments(CLOCK_AND_CHANCE, ThrowsADouble.class),
        arguments(CLOCK_AND_CHANCE, InventsAnId.class));
  }

  static class ReadsAStream {
    int read() throws IOException {
      try (var in = new FileInputStream("/etc/hostname")) {
        return in.read();
      }
    }
  }

  record NamesAFile(File file) {}

  static class ListsADirectory {
    Stream<Path> list(String directory) throws IOException {
      return Files.list(Path.of(directory));
    }
  }

  static class OpensASocket {
    Socket open() throws IOException {
      return new Socket("127.0.0.1", 80);
    }
  }

  record KeepsAnHttpClient(HttpClient client) {}

  static class AsksADatabase {
    Connection connect() throws SQLException {
      return DriverManager.getConnection("jdbc:mysql://127.0.0.1/shop");
    }
  }

  record CallsTemporalItself(WorkflowClient client) {}

  static class StartsAnExecutor {
    ExecutorService start() {
      return Executors.newSingleThreadExecutor();
    }
  }

  static class TakesALock {
    private final Lock lock = new ReentrantLock();

    void take() {
      lock.lock();
    }
  }

  static class StartsAProcess {
    Process start() throws IOException {
      return new ProcessBuilder("true").start();
    }
  }

  static class LooksForAProcess {
    boolean isAlive(long pid) {
      return ProcessHandle.of(pid).isPresent();
    }
  }

  static class CountsProcessors {
    int count() {
      return Runtime.getRuntime().availableProcessors();
    }
  }

  static class Sleeps {
    void sleep() throws InterruptedException {
      Thread.sleep(1);
    }
  }

  static class StartsAThread {
    void start() {
      new Thread(() -> {}).start();
    }
  }

  static class Prints {
    void print() {
      System.out.println("rolled back");
    }
  }

  static class ReadsTheEnvironment {
    String home() {
      return System.getenv("HOME");
    }
  }

  static class CountsMilliseconds {
    long count() {
      return System.currentTimeMillis();
    }
  }

  static class CountsNanoseconds {
    long count() {
      return System.nanoTime();
    }
  }

  static class AsksTheClock {
    Instant ask() {
      return Instant.now();
    }
  }

  static class AsksTheClockByReference {
    Supplier<Instant> ask() {
      return Instant::now;
    }
  }

  static class AsksTheDay {
    LocalDate ask() {
      return LocalDate.now();
    }
  }

  static class MakesADate {
    Date make() {
      return new Date();
    }
  }

  static class ThrowsDice {
    int roll() {
      return new Random().nextInt(6);
    }
  }

  static class ThrowsADouble {
    double roll() {
      return Math.random();
    }
  }

  static class InventsAnId {
    UUID invent() {
      return UUID.randomUUID();
    }
  }
}
