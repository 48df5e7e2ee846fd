/** Waiting for conditions, with a timeout that names what is missing. */

import type { Readable } from "../../../src/lib/index.js";

/** In ms: longer than members of lost connections stay, on a busy machine, too. */
const WAIT = 30_000;

export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  description: string | (() => string),
  timeout = WAIT,
): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(`timed out waiting for ${typeof description === "string" ? description : description()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Wait until the value of a store matches, and return it. */
export function waitForValue<T>(
  readable: Readable<T>,
  matches: (value: T) => boolean,
  description: string,
  timeout = WAIT,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new Error(`timed out waiting for ${description}; the value is ${JSON.stringify(readable.value)}`));
    }, timeout);
    const unsubscribe = readable.subscribe((value) => {
      if (!matches(value)) return;
      clearTimeout(timer);
      // Deferred, since `subscribe` calls this function before it returns `unsubscribe`.
      queueMicrotask(() => unsubscribe());
      resolve(value);
    });
  });
}

/** Return what a promise resolves to, or reject after the timeout. */
export function withTimeout<T>(promise: Promise<T>, description: string, timeout = WAIT): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`timed out waiting for ${description}`)), timeout);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
