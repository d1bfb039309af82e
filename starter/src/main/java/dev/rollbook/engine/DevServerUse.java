package dev.rollbook.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One user of the dev server. The kernel keeps the account: the write end of the FIFO tells the
 * server's keeper when the last user is gone, a lock in the file of users tells a user whether it
 * is the last. Both end with the process, even by SIGKILL.
 */
final class DevServerUse {

  private final FileChannel fifo;
  private final FileChannel users;
  private final FileLock ours;

  private DevServerUse(FileChannel fifo, FileChannel users, FileLock ours) {
    this.fifo = fifo;
    this.users = users;
    this.ours = ours;
  }

  /**
   * @throws java.nio.file.NoSuchFileException when there is no FIFO: the server is ending
   */
  static DevServerUse begin(Path fifo, Path users) throws IOException {
    // For both, so that opening never waits for a reader. Child processes of Java get no such file.
    FileChannel end = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE);
    long pid = ProcessHandle.current().pid();
    end.write(ByteBuffer.wrap((pid + "\n").getBytes(StandardCharsets.US_ASCII)));
    FileChannel account =
        FileChannel.open(
            users, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new DevServerUse(end, account, lock(account, pid));
  }

  /** Null when another user in this very process has it: they count as one. */
  private static FileLock lock(FileChannel users, long pid) throws IOException {
    try {
      return users.tryLock(pid, 1, false);
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** True when nobody else uses the server. */
  boolean close() throws IOException {
    try (users) {
      fifo.close();
      if (ours == null) {
        return false;
      }
      ours.release();
      return StateDirectory.tryLock(users) != null;
    }
  }
}
