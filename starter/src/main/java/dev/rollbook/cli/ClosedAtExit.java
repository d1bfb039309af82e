package dev.rollbook.cli;

/** Something to close when the command ends, also when Ctrl-C or a TERM ends it. */
final class ClosedAtExit<T extends AutoCloseable> implements AutoCloseable {

  private final T value;
  private final Thread hook;
  private boolean closed;

  ClosedAtExit(T value) {
    this.value = value;
    this.hook = new Thread(this::closeOnce, "rollbook-close");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  T value() {
    return value;
  }

  @Override
  public void close() {
    closeOnce();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the hook is what closes it
    }
  }

  private synchronized void closeOnce() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      value.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
