import { call } from "../lib/index.js";
import type { CallOptions } from "../lib/index.js";

/** Send a REST request to the server that the page was loaded from. */
export function api<T>(path: string, options?: CallOptions): Promise<T> {
  return call<T>(location.origin, path, options);
}

/** Return how an error is shown: what a request was refused for. */
export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
