/**
 * A `Storage` of which nothing is expected: a browser may block it, it may be full, and its entries
 * may be of other versions, cut off or changed by hand.
 */

/** Return the value of an entry, or null if the text is not that of such an entry. */
export type Parse<T> = (text: string) => T | null;

export class SafeStorage {
  constructor(private readonly storage: Storage) {}

  names(): string[] {
    return attempt(() => Array.from({ length: this.storage.length }, (_, at) => this.storage.key(at) ?? ""), []);
  }

  /** Return the value of an entry, or null if there is none. An entry that `parse` refuses is removed. */
  read<T>(name: string, parse: Parse<T>): T | null {
    const text = attempt(() => this.storage.getItem(name), null);
    const value = text === null ? null : parse(text);
    if (text !== null && value === null) this.remove(name);
    return value;
  }

  /** Write an entry. Returns false if the storage is full or not accessible. */
  write(name: string, text: string): boolean {
    return attempt(() => {
      this.storage.setItem(name, text);
      return true;
    }, false);
  }

  remove(name: string): void {
    attempt(() => this.storage.removeItem(name), undefined);
  }
}

export const anyText: Parse<string> = (text) => text;

/** Parse JSON whose value has the expected shape. */
export function json<T>(accepts: (value: unknown) => value is T): Parse<T> {
  return (text) => {
    const value = attempt(() => JSON.parse(text) as unknown, undefined);
    return accepts(value) ? value : null;
  };
}

/** Return the browser's localStorage, or one in memory outside of a browser or if access is denied. */
export function browserStorage(): Storage {
  const found = attempt(() => ("location" in globalThis ? globalThis.localStorage : null), null);
  return found ?? memoryStorage();
}

export function memoryStorage(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    key: (at) => [...items.keys()][at] ?? null,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
    clear: () => items.clear(),
  };
}

function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch {
    return otherwise;
  }
}
