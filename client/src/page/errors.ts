/** Why something was refused, in the language of the page. */

import { ApiError } from "../lib/index.js";
import type { Problem } from "../lib/index.js";
import { ConnectionLost } from "../lib/errors.js";
import { formatMoment } from "./format";
import { texts } from "./i18n";
import { explainIn } from "./i18n/explain";

/** Return what a problem says; a fault of a field without the name of the field if it is shown `atField`. */
export function explain(problem: Problem, atField = false): string {
  return explainIn(texts.errors, problem, formatMoment, atField);
}

/** Return how an error is shown: all that a request was refused for. */
export function messageOf(reason: unknown): string {
  if (reason instanceof ApiError) return reason.problems.map((problem) => explain(problem)).join(" · ");
  if (reason instanceof ConnectionLost) return String(texts.errors.codes.unreachable);
  return reason instanceof Error ? reason.message : String(reason);
}

/** Return until when a ban is and why, as far as that is known. */
export function termsOf({ until, reason }: Problem): string {
  return [until && texts.tokens.until(formatMoment(until)), reason].filter(Boolean).join(" · ");
}
