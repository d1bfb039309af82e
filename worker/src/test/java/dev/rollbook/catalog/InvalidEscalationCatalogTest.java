package dev.rollbook.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with channels, roles, levels and boards: where, and what to write instead. */
@Timeout(60)
class InvalidEscalationCatalogTest {

  @TempDir Path folder;
  Catalogs catalogs;

  @BeforeEach
  void open() {
    catalogs = new Catalogs(folder);
  }

  /** The first of the lines is line 1. */
  private List<String> linesWith(String top) {
    return catalogs.lines(top + Catalogs.SHORTEST);
  }

  @Test
  void every_channel_that_is_wrong_is_told_with_what_to_write() {
    String top =
        """
        channels:
          Pager: {type: slack, url: "${env:X}"}
          a: {type: pagerdutty, routingKey: "${env:X}", url: "ftp://x"}
          b: {type: slack, url: "https://hooks.example.com/services/T0/B0/abc"}
          c: {type: email, host: mail.example.com, tls: none, from: nobody, password: "${env:X}"}
          d: {type: webhook, url: "mailto:x", signingKey: literal, headers: {Authorization: abc}}
          e: {type: pagerduty, routing_key: "${env:X}"}
          f: {type: email, host: "http://mail", prot: 25, from: a@example.com}
          g: {type: sms}
          h: {url: "${env:X}"}
          i: {type: webhook, url: "https://user:pw@example.com/"}
          j: {type: slack, url: "file:relative"}
          k: {type: slack, url: "${X}"}
        roles: {oncall: [oncall@example.com]}
        """;

    assertThat(linesWith(top))
        .extracting(line -> line.replace("rollbook.yaml:", ""))
        .containsExactly(
            "2:3: channels.Pager: names are lower-case letters, digits and '-', at most 63, and"
                + " begin with a letter or digit",
            "3:13: channels.a.type: 'pagerdutty' is not known. Did you mean 'pagerduty'? Allowed:"
                + " email, webhook, slack, pagerduty",
            "3:54: channels.a.url: not a URL to ask: it begins with http:// or https://",
            "4:25: channels.b.url: a secret must not stand here; write ${env:NAME} or file:/path",
            "5:6: channels.c: 'password' needs 'username'",
            "5:49: channels.c.tls: is for a mail server on this machine (localhost) only; write"
                + " required or starttls",
            "5:61: channels.c.from: not an address: write rollbook@example.com",
            "6:27: channels.d.url: not a URL to send to: it begins with http:// or https://",
            "6:51: channels.d.signingKey: a secret must not stand here; write ${env:NAME} or"
                + " file:/path",
            "6:85: channels.d.headers.Authorization: a secret must not stand here; write"
                + " ${env:NAME} or file:/path",
            "7:24: channels.e: unknown key 'routing_key'. Did you mean 'routingKey'? Allowed:"
                + " type, routingKey, url",
            "8:26: channels.f.host: not a host: write mail.example.com",
            "8:41: channels.f: unknown key 'prot'. Did you mean 'port'? Allowed: type, host, port,"
                + " tls, from, username, password",
            "9:13: channels.g.type: 'sms' is not known. Allowed: email, webhook, slack, pagerduty",
            "10:3: channels.h: missing key 'type' (what kind of channel it is)",
            "11:27: channels.i.url: no user or password in a URL; write a header Authorization"
                + " with ${env:NAME}",
            "12:25: channels.j.url: after file: stands the absolute path of a secret's file",
            "13:25: channels.k.url: '${' begins something other than ${env:NAME}; NAME is letters,"
                + " digits and '_'");
  }

  @Test
  void every_level_that_calls_nobody_is_told_with_whom_it_may_mean() {
    String top =
        """
        channels:
          email: {type: email, host: localhost, tls: none, from: a@example.com}
          chat: {type: slack, url: "${env:X}"}
        roles:
          oncall: [oncall@example.com, Kim, "a\\nb"]
          onacll: [x@example.com]
          night: [night@example.com]
        escalation:
          commander: comander
          rounds: -1
          levels:
            - {role: oncal, notifyBy: 5m, notifyAfter: 10m, repaet: {}}
            - {role: oncall, silencedBy: [dba], channels: [emial], when: [databse]}
            - {role: oncall, channels: [email]}
            - {role: night, id: other, repeat: {every: 0s, most: 0}, channels: []}
        """;

    assertThat(linesWith(top))
        .extracting(line -> line.replace("rollbook.yaml:", "").replace("escalation.levels", "…"))
        .containsExactly(
            "5:32: roles.oncall[1]: is called by e-mail, and is no address: write"
                + " name@example.com, or leave the channel out of its level's 'channels'",
            "5:37: roles.oncall[2]: a recipient is one line of at most 254 characters, without"
                + " ${…}",
            "6:3: roles.onacll: no level calls this role. Did you mean 'oncall'? Known:"
                + " commander, dba, executives, infrastructure, oncall, senior, vendor",
            "9:14: escalation.commander: no such role. There are: night, onacll, oncall",
            "10:11: escalation.rounds: must be from 0 to 100",
            "12:14: …[0].role: no such role. Did you mean 'oncall'? There are: night, onacll,"
                + " oncall",
            "12:31: …[0].notifyBy: is over before 'notifyAfter' is",
            "12:53: …[0]: unknown key 'repaet'. Did you mean 'repeat'? Allowed: role, id, title,"
                + " when, companyWide, notifyAfter, notifyBy, ackWithin, repeat, silencedBy,"
                + " channels",
            "13:35: …[1].silencedBy[0]: no level has this id. There are: oncal, oncall, other",
            "13:52: …[1].channels[0]: no such channel. Did you mean 'email'? There are: chat,"
                + " email",
            "13:67: …[1].when[0]: 'databse' is not known. Did you mean 'database'? Allowed:"
                + " rollback, database, infrastructure",
            "14:7: …[2]: another level has this id; change one",
            "15:48: …[3].repeat.every: '0s' must be more than nothing",
            "15:58: …[3].repeat.most: must be from 1 to 100",
            "15:72: …[3].channels: must not be empty");
  }

  @Test
  void every_board_that_is_wrong_is_told_with_what_to_write() {
    String top =
        """
        announcements:
          language: de
          boards:
            a: {type: file}
            b: {type: statuspage, page: "../x", key: abc, environments: [lokal]}
            c: {type: slack, url: "https://hooks.example.com/x", audience: user}
            d: {type: fiel, folder: x}
        """;

    assertThat(linesWith(top))
        .extracting(line -> line.replace("rollbook.yaml:", "").replace("announcements", "…"))
        .containsExactly(
            "2:13: ….language: 'de' is not known. Allowed: en, ko",
            "4:5: ….boards.a: missing key 'folder' (where the page is written)",
            "5:33: ….boards.b.page: a page's id is letters, digits, '_' and '-'",
            "5:46: ….boards.b.key: a secret must not stand here; write ${env:NAME} or file:/path",
            "5:66: ….boards.b.environments[0]: no service has this environment. Did you mean"
                + " 'local'? There are: local",
            "6:27: ….boards.c.url: a secret must not stand here; write ${env:NAME} or file:/path",
            "6:68: ….boards.c.audience: 'user' is not known. Did you mean 'users'? Allowed: users,"
                + " teams",
            "7:15: ….boards.d.type: 'fiel' is not known. Did you mean 'file'? Allowed: file,"
                + " statuspage, slack, webhook");
  }

  @Test
  void people_and_ways_to_reach_them_go_together() {
    assertThat(linesWith("channels: {a: {type: slack, url: \"${env:X}\"}}\n"))
        .containsExactly("rollbook.yaml:1:1: 'channels' needs 'roles'");
    assertThat(linesWith("links: {url: \"https://a\", keys: {K: short, k2: \"${env:X}\"}}\n"))
        .containsExactly(
            "rollbook.yaml:1:1: 'links' needs 'channels' and 'roles'",
            "rollbook.yaml:1:34: links.keys.K: names are lower-case letters, digits and '-', at"
                + " most 63, and begin with a letter or digit");
  }

  @Test
  void what_follows_a_failure_is_checked_in_every_environment() {
    assertThat(catalogs.linesWith("onFailure: halt\nescalation: {levels: [{role: oncall}]}"))
        .extracting(line -> line.replace("services.shop.environments.local", "…"))
        .containsExactly(
            "rollbook.yaml:12:20: ….onFailure: 'halt' is not known. Allowed: stop, leave",
            "rollbook.yaml:13:38: ….escalation.levels[0].role: no such role. There are: nothing");
  }
}
