/** Counting what a function does with strings, which does not depend on how fast the machine is. */

/** Methods that look at one character; any other may look at the whole string. */
const CONSTANT = new Set(["charAt", "charCodeAt", "codePointAt", "at"]);

/** Return how many characters the string methods that a function calls may look at. */
export function countWork(run: () => unknown): number {
  const methods = Object.getOwnPropertyDescriptors(String.prototype) as Record<string, PropertyDescriptor>;
  let work = 0;
  for (const [name, method] of Object.entries(methods)) {
    if (typeof method.value !== "function" || name === "constructor") continue;
    const original = method.value as (this: string, ...rest: unknown[]) => unknown;
    const counted = function (this: string, ...rest: unknown[]): unknown {
      work += CONSTANT.has(name) ? 1 : String(this).length;
      return original.apply(this, rest);
    };
    Object.defineProperty(String.prototype, name, { ...method, value: counted });
  }
  try {
    run();
  } finally {
    Object.defineProperties(String.prototype, methods);
  }
  return work;
}
