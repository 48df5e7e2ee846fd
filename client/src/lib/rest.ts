/** REST requests that return the response's `data` or throw `ApiError`. */

import { ApiError, localError } from "./errors.js";
import { isObject } from "./objects.js";

export interface CallOptions {
  method?: string;
  body?: unknown;
  token?: string | null;
  guest?: string;
}

export interface Page<T> {
  data: T[];
  /** The paths of the pages before and after this one. */
  page: { older: string | null; newer?: string | null };
}

/** Send a request to a path such as `/reports/week/1` and return the `data` of the response. */
export async function call<T>(url: string, path: string, options: CallOptions = {}): Promise<T> {
  const body = await send<{ data: T } | undefined>(url, path, options);
  return body?.data as T;
}

/** Request a page of what can be paged, such as `/chat/search?q=hej`. */
export function callPage<T>(url: string, path: string, options: CallOptions = {}): Promise<Page<T>> {
  return send<Page<T>>(url, path, options);
}

async function send<T>(url: string, path: string, options: CallOptions): Promise<T> {
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
    throw localError(0, "unreachable", "Unreachable", `There is no answer from ${url}: ${String(error)}`);
  });
  return readBody<T>(response);
}

async function readBody<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && isObject(body) && "data" in body) return body as T;
  throw ApiError.of(body, response.status);
}
