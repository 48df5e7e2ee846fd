/** What can go wrong, in the one envelope. */

import type { Problem } from "./types.js";

/** What the server refused; with several faults all of them, and the first as `problem`. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(
    readonly problems: readonly [Problem, ...Problem[]],
    /** Seconds after which it may be tried again, where the server says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(problems[0].detail);
    this.name = "ApiError";
    this.problem = problems[0];
  }

  /** Read the error from an answer, whatever it is. */
  static of(answer: unknown, status = 0): ApiError {
    const { errors, retry_after: wait } = (answer ?? {}) as { errors?: unknown; retry_after?: unknown };
    const [first, ...more] = (Array.isArray(errors) ? errors : []) as Problem[];
    if (first === undefined) {
      return failure(status, "unreadable", "Unreadable", "The answer is not that of a me-api.");
    }
    return new ApiError([first, ...more], typeof wait === "number" ? wait : null);
  }

  /** Whether the same will be accepted later: there were too many at once, or the disk failed. */
  get passing(): boolean {
    return this.problem.status === 429 || this.problem.status === 503;
  }
}

/** Make an error that no server told. */
export function failure(status: number, code: string, title: string, detail: string): ApiError {
  return new ApiError([{ status, code, title, detail }]);
}

/** The connection was lost before the answer came; whether the act was done is not known. */
export class Dropped extends Error {
  override name = "Dropped";
}

/** Let pass what the server refused or did not hear: the next connection asks again if it matters. */
export function letPass(error: unknown): void {
  if (!(error instanceof Dropped) && !(error instanceof ApiError)) throw error;
}
