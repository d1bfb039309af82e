package dev.rollbook.serve;

import dev.rollbook.decision.TemporalAway;
import dev.rollbook.escalation.LinkToken;
import dev.rollbook.escalation.LinkToken.Claim;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;

/**
 * A link in a message shows a page, and its button answers. Looking changes nothing, since mail
 * scanners look too.
 */
abstract class LinkForm {

  private static final String TYPE = "application/x-www-form-urlencoded";
  private static final int MOST_BYTES = 16 << 10;
  private static final int LONGEST_NOTE = 500;

  private final String path;
  private final LinkToken tokens;

  LinkForm(String path, LinkToken tokens) {
    this.path = path;
    this.tokens = tokens;
  }

  /** A word that is not taken, in words for whoever has said it. */
  static final class Refused extends Exception {
    Refused(String why) {
      super(why);
    }
  }

  final List<Route> routes() {
    return List.of(
        Route.get(
            path,
            true,
            (request, body) -> {
              String query = request.getHttpURI().getQuery();
              return on(query == null ? "" : query, this::look);
            }),
        Route.post(
            path,
            true,
            new Route.Body(TYPE, MOST_BYTES),
            (request, body) -> on(new String(body, StandardCharsets.UTF_8), this::answer)));
  }

  /** Changes nothing. */
  abstract Reply look(Claim claim, Form form) throws Refused;

  abstract Reply answer(Claim claim, Form form) throws Refused;

  /** What came with the link, or with its button. */
  record Form(String token, String written) {

    /** What a person has written; null for nothing. */
    String note() {
      String note = Objects.requireNonNullElse(written, "").strip();
      return note.isEmpty() ? null : note.substring(0, Math.min(note.length(), LONGEST_NOTE));
    }
  }

  private interface Deed {
    Reply on(Claim claim, Form form) throws Refused;
  }

  private Reply on(String encoded, Deed deed) {
    Optional<Form> form = form(encoded);
    if (form.isEmpty()) {
      return Page.refused(400, "this link cannot be read; copy all of it");
    }
    try {
      return deed.on(tokens.verify(form.get().token()), form.get());
    } catch (LinkToken.Refused e) {
      return Page.refused(403, e.getMessage());
    } catch (Refused e) {
      return Page.refused(409, e.getMessage());
    } catch (TemporalAway e) {
      return Page.refused(
          503,
          "nobody has heard this so far: try again in a moment, or answer with the command `rollbook`");
    }
  }

  /** Empty for what no browser sends. */
  private static Optional<Form> form(String encoded) {
    Fields fields = new Fields();
    try {
      UrlEncoded.decodeUtf8To(encoded, fields);
      return Optional.of(new Form(fields.getValue("token"), fields.getValue("note")));
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }
}
