/** Plain REST: data or an `ApiError`. */

import { ApiError, failure } from "./errors.js";

export interface CallOptions {
  method?: string;
  body?: unknown;
  token?: string | null;
  guest?: string;
}

/** Call a route and give its `data`; a path such as `/reports/week/1`. */
export async function call<T>(url: string, path: string, options: CallOptions = {}): Promise<T> {
  const { body, token, guest } = options;
  const headers: Record<string, string> = { Accept: "application/json" };
  if (token) headers["x-access-token"] = token;
  if (guest) headers["X-Guest"] = guest;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(new URL(path, url), {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw failure(0, "unreachable", "Unreachable", `There is no answer from ${url}: ${String(error)}`);
  });
  return read<T>(response);
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && isObject(answer) && "data" in answer) return answer.data as T;
  throw ApiError.of(answer, response.status);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
