package dev.rollbook.serve;

import dev.rollbook.PlainText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A page behind a link: plain HTML, nothing from elsewhere, no script. */
final class Page {

  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="robots" content="noindex">
      <title>Rollbook</title>
      <style>body{font:18px/1.5 sans-serif;max-width:34em;margin:2em auto;padding:0 1em}
      button{font:inherit;padding:.6em 1.2em}input{font:inherit;width:100%%;box-sizing:border-box}</style>
      </head>
      <body>
      %s</body>
      </html>
      """;

  private Page() {}

  /**
   * @param body HTML
   */
  static Reply of(int status, String body) {
    return Reply.text(status, "text/html; charset=utf-8", PAGE.formatted(body))
        .with("Content-Security-Policy", POLICY);
  }

  static Reply refused(int status, String why) {
    return of(status, "<h1>Not answered</h1>\n<p>" + text(why) + ".</p>\n");
  }

  static String time(Instant at) {
    return at == null ? "-" : at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** What was written elsewhere, as HTML that shows it and does nothing. */
  static String text(String written) {
    return written == null
        ? "-"
        : PlainText.of(written)
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\"", "&quot;")
            .replace("'", "&#39;");
  }
}
