import { call } from "../lib/index.js";
import type { CallOptions } from "../lib/index.js";

/** Call a route of the host that the page came from. */
export function api<T>(path: string, options?: CallOptions): Promise<T> {
  return call<T>(location.origin, path, options);
}
