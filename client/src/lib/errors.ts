/** The server's error envelope as exceptions, and the errors of the library itself. */

import { isObject } from "./objects.js";
import type { Problem } from "./types.js";

/** The names of what the server sends beside `errors`, which belongs to the first. */
const BESIDE = ["retry_after", "room", "until", "reason"] as const;

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
    const fields: Record<string, unknown> = isObject(body) ? body : {};
    const [first, ...more] = (Array.isArray(fields["errors"]) ? fields["errors"] : []) as Problem[];
    if (first === undefined) {
      return localError(status, "unreadable", "Unreadable", "The answer is not that of a me-api.");
    }
    const beside = Object.fromEntries(BESIDE.filter((name) => name in fields).map((name) => [name, fields[name]])) as Partial<Problem>;
    const { retry_after: retryAfter } = fields;
    return new ApiError([{ ...first, ...beside }, ...more], typeof retryAfter === "number" ? retryAfter : null);
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
