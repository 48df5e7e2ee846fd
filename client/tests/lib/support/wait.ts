/** Waiting for things, never for time. */

import type { Readable } from "../../../src/lib/index.js";

/** Wait until this holds; fails by name. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, timeout = 15_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Wait until a value is as wanted, and give it. */
export function value<T>(readable: Readable<T>, wanted: (value: T) => boolean, what: string, timeout = 15_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end();
      reject(new Error(`waited in vain for ${what}; it is ${JSON.stringify(readable.value)}`));
    }, timeout);
    const end = readable.subscribe((now) => {
      if (!wanted(now)) return;
      clearTimeout(timer);
      queueMicrotask(() => end());
      resolve(now);
    });
  });
}

/** Give what is promised; fails by name when it does not come. */
export function within<T>(promised: Promise<T>, what: string, timeout = 15_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), timeout);
    promised.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
