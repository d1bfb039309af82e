package dev.rollbook.escalation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** An SMTP server that answers each command as a test wants, and remembers what it was told. */
public final class ScriptedMailServer implements AutoCloseable {

  /** Is told of each command before it is answered; what it throws ends the conversation. */
  public interface Listener {
    void at(String command) throws IOException;
  }

  public static final String GREETING = "greeting";
  public static final String DATA_END = "end of data";

  /** The client has closed the connection. */
  public static final String GONE = "gone";

  /** In place of an answer: says nothing more. */
  static final String SILENCE = "";

  /** In place of an answer: closes the connection. */
  static final String HANG_UP = "hang up";

  private final ServerSocket server;
  private final Map<String, String> answers;
  private final SSLSocketFactory tls;
  private final Listener listener;
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<Socket> clients = new CopyOnWriteArrayList<>();

  /**
   * @param answers by command: {@code EHLO}, {@code RCPT}, {@code end of data}; those that are left
   *     out are answered kindly
   * @param tls for STARTTLS; null: not offered
   */
  ScriptedMailServer(Map<String, String> answers, SSLSocketFactory tls) throws IOException {
    this(answers, tls, command -> {});
  }

  /** Answers kindly, when the listener lets it. */
  public ScriptedMailServer(Listener listener) throws IOException {
    this(Map.of(), null, listener);
  }

  private ScriptedMailServer(Map<String, String> answers, SSLSocketFactory tls, Listener listener)
      throws IOException {
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.answers = answers;
    this.tls = tls;
    this.listener = listener;
    start(this::accept);
  }

  static ScriptedMailServer at(String command, String answer) throws IOException {
    return new ScriptedMailServer(Map.of(command, answer), null);
  }

  static ScriptedMailServer atTheEnd(String answer) throws IOException {
    return at(DATA_END, answer);
  }

  public int port() {
    return server.getLocalPort();
  }

  public List<String> heard() {
    return heard;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        clients.add(client);
        start(() -> talk(client));
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private void talk(Socket client) {
    try (client) {
      if (say(client, GREETING, "220 mail.example.com")) {
        converse(client, false);
      }
    } catch (IOException gone) {
      // the client went away
    }
  }

  private void converse(Socket client, boolean isPrivate) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
    boolean inData = false;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      heard.add((isPrivate ? "private " : "") + line);
      if (inData && !line.equals(".")) {
        continue;
      }
      String command = inData ? DATA_END : line.split("[ :]")[0].toUpperCase(Locale.ROOT);
      inData = command.equals("DATA");
      if (command.equals("STARTTLS") && tls != null) {
        say(client, command, "220 go on");
        SSLSocket secured = (SSLSocket) tls.createSocket(client, null, client.getPort(), false);
        secured.setUseClientMode(false);
        converse(secured, true);
        return;
      }
      if (!say(client, command, usual(command, isPrivate))) {
        return;
      }
    }
    listener.at(GONE);
  }

  private String usual(String command, boolean isPrivate) {
    return switch (command) {
      case "EHLO" ->
          tls == null || isPrivate
              ? "250-mail.example.com\r\n250 AUTH PLAIN"
              : "250-mail.example.com\r\n250 STARTTLS";
      case "DATA" -> "354 go on";
      case "AUTH" -> "235 welcome";
      case DATA_END -> "250 queued as Q1";
      default -> "250 ok";
    };
  }

  private boolean say(Socket client, String command, String usual) throws IOException {
    listener.at(command);
    String answer = answers.getOrDefault(command, usual);
    if (answer.equals(HANG_UP)) {
      client.close();
      return false;
    }
    if (!answer.equals(SILENCE)) {
      client.getOutputStream().write((answer + "\r\n").getBytes(StandardCharsets.UTF_8));
      client.getOutputStream().flush();
    }
    return true;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "scripted mail server");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
