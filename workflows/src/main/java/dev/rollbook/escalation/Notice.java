package dev.rollbook.escalation;

import dev.rollbook.Severity;
import java.time.Instant;

/**
 * One call of one person over one channel.
 *
 * @param id the same for every attempt to send it: {@code Message-ID}, {@code dedup_key}, {@code
 *     Idempotency-Key}; so that whoever gets it twice can tell
 * @param level whom the policy calls
 * @param call the how-manieth of this level, from 1
 * @param channel the catalog's name of it
 * @param recipient an address, a channel's or a routing name; never a secret
 * @param workflowId of the escalation, or of the run that asks, for answering it
 * @param until when an answer comes too late; null: not before the incident is over
 * @param severity of the alert that it is about; null where a rollback has failed, which is as bad
 *     as critical
 */
public record Notice(
    String id,
    Incident incident,
    String level,
    String title,
    int call,
    String channel,
    String recipient,
    String workflowId,
    Instant until,
    Severity severity) {}
