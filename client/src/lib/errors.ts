/** The server's error envelope as exceptions, and the errors of the library itself. */

import type { Problem } from "./types.js";

/** A request that the server refused. `problems` has every fault that the server reports, `problem` the first. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(
    readonly problems: readonly [Problem, ...Problem[]],
    /** Seconds to wait before a retry, if the server says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(problems[0].detail);
    this.name = "ApiError";
    this.problem = problems[0];
  }

  /** Read the error from a response body, whatever it contains. */
  static of(body: unknown, status = 0): ApiError {
    const { errors, retry_after: retryAfter } = (body ?? {}) as { errors?: unknown; retry_after?: unknown };
    const [first, ...more] = (Array.isArray(errors) ? errors : []) as Problem[];
    if (first === undefined) {
      return localError(status, "unreadable", "Unreadable", "The answer is not that of a me-api.");
    }
    return new ApiError([first, ...more], typeof retryAfter === "number" ? retryAfter : null);
  }

  /** Whether the same request may succeed later: the rate limit was exceeded, or storage failed. */
  get retryable(): boolean {
    return this.problem.status === 429 || this.problem.status === 503;
  }
}

/** Create an `ApiError` that does not come from the server. */
export function localError(status: number, code: string, title: string, detail: string): ApiError {
  return new ApiError([{ status, code, title, detail }]);
}

/** The connection was lost before the response arrived. Whether the server acted on the request is unknown. */
export class ConnectionLost extends Error {
  override name = "ConnectionLost";
}

/** Ignore a refusal and a lost connection; rethrow anything else. */
export function ignoreExpected(error: unknown): void {
  if (!(error instanceof ConnectionLost) && !(error instanceof ApiError)) throw error;
}
