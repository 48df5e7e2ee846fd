import { call } from "../lib/index.js";
import type { CallOptions } from "../lib/index.js";

/** Send a REST request to the server that the page was loaded from. */
export function api<T>(path: string, options?: CallOptions): Promise<T> {
  return call<T>(location.origin, path, options);
}
