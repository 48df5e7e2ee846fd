/** Refusals that end without anything being sent to the client, so that it tries again. */

import type { Problem } from "./types.js";

/** In ms: how often the client asks, where it does not know when the refusal ends. */
const INTERVAL = 30_000;
/** Milliseconds after the end of a ban, for a clock that rounds. */
const MARGIN = 100;
/** What may end for a room: a ban, that it is closed to guests, and that there is no such room. */
const ENDING_IN_ROOM: readonly string[] = ["banned", "members_only", "not_found"];

/** Return the milliseconds after which to connect again; null for a refusal that does not end by itself. */
export function connectAgainAfter(problem: Problem): number | null {
  return problem.code === "banned" ? untilEnd(problem) : null;
}

/** Return the milliseconds after which to join a room again; null for a refusal that is final. */
export function joinAgainAfter(problem: Problem): number | null {
  return ENDING_IN_ROOM.includes(problem.code) ? untilEnd(problem) : null;
}

/** A ban may be lifted before its end, and the client's clock may be wrong: never longer than the interval. */
function untilEnd({ until }: Problem): number {
  const left = until ? Date.parse(until) - Date.now() + MARGIN : INTERVAL;
  return left > 0 && left < INTERVAL ? left : INTERVAL;
}
