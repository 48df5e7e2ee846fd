/** What can go wrong, in the one envelope. */

import type { Problem } from "./types.js";

/** An answer that holds `errors`; the first is `problem`. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(
    readonly problems: Problem[],
    /** Seconds after which it may be tried again, where the server says so. */
    readonly retryAfter: number | null = null,
  ) {
    const problem = problems[0] ?? unreadable();
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }

  /** Whether the same may work later as it is. */
  get passing(): boolean {
    return isPassing(this.problem);
  }
}

/** Tell whether a refusal passes by itself: too many at once, or a fault of the server. */
export function isPassing(problem: Problem): boolean {
  return problem.status === 429 || problem.status >= 500;
}

function unreadable(): Problem {
  return { status: 502, code: "unreadable", title: "Bad Gateway", detail: "This is no me-api's answer." };
}
