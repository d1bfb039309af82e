package dev.rollbook.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rollbook.Run;
import dev.rollbook.decision.Freeze;
import dev.rollbook.decision.Guarded;
import dev.rollbook.escalation.Escalation;

/**
 * A service as {@code rollbook status} shows it; in JSON the run, with the escalation in it.
 *
 * @param run null for none
 * @param escalation live or ended; null for none
 * @param frozen why no alert rolls it back; null when one may
 * @param guard what else keeps alerts from it; null for nothing
 */
record Standing(
    @JsonUnwrapped Run run,
    @JsonInclude(JsonInclude.Include.NON_NULL) Escalation escalation,
    @JsonInclude(JsonInclude.Include.NON_NULL) Freeze frozen,
    @JsonInclude(JsonInclude.Include.NON_NULL) Guarded guard) {}
