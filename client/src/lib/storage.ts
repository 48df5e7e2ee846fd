/**
 * What outlives a reload: a guest's secret, and what is still to be posted.
 *
 * Tabs share it. Each entry of the outbox has a name of its own there, so that no tab ever writes
 * over what another has written.
 */

import type { Problem } from "./types.js";

/** A message on its way. */
export interface Entry {
  /** Sorts by the time of writing. */
  readonly order: string;
  readonly key: string;
  readonly room: string;
  readonly text: string;
  readonly time: string;
  /** As whom it was first sent: only they may send it again. */
  as: string | null;
  /** The log, and the position in it, before it was first sent: what is stored of it is later. */
  epoch: string | null;
  after: number;
  problem: Problem | null;
}

export class Keep {
  readonly #prefix: string;
  readonly #storage: Storage;
  #last = 0;
  #guest: string | null = null;

  constructor(url: string, storage: Storage | null) {
    this.#prefix = `me-api:${url}:`;
    this.#storage = storage ?? memory();
  }

  /** Give the secret that makes a guest the same one after a reload; it is made once. */
  guest(): string {
    const name = `${this.#prefix}guest`;
    this.#guest ??= this.#storage.getItem(name);
    if (this.#guest === null) this.#write(name, (this.#guest = secret()));
    return this.#guest;
  }

  /** Make an entry, later than all before. */
  entry(room: string, text: string): Entry {
    const now = Date.now();
    this.#last = Math.max(now, this.#last + 1);
    const key = secret();
    const order = `${String(this.#last).padStart(16, "0")}-${key}`;
    const time = new Date(now).toISOString();
    return { order, key, room, text, time, as: null, epoch: null, after: 0, problem: null };
  }

  /** Give all entries, in order. */
  entries(): Entry[] {
    const names = Array.from({ length: this.#storage.length }, (_, at) => this.#storage.key(at) ?? "");
    const ours = names.filter((name) => name.startsWith(this.#name(""))).sort();
    const found = ours.map((name) => this.#read(name)).filter((entry) => entry !== null);
    // What is written after a reload is later, be it in the same millisecond.
    this.#last = Math.max(this.#last, parseInt(found.at(-1)?.order ?? "0", 10));
    return found;
  }

  /** Give an entry as it now is; another tab may have changed or removed it. */
  find(entry: Entry): Entry | null {
    return this.#read(this.#name(entry.order));
  }

  /** Tells whether it is kept: a full storage takes nothing. */
  save(entry: Entry): boolean {
    return this.#write(this.#name(entry.order), JSON.stringify(entry));
  }

  remove(entry: Entry): void {
    this.#storage.removeItem(this.#name(entry.order));
  }

  #name(order: string): string {
    return `${this.#prefix}outbox:${order}`;
  }

  #read(name: string): Entry | null {
    return JSON.parse(this.#storage.getItem(name) ?? "null") as Entry | null;
  }

  #write(name: string, value: string): boolean {
    try {
      this.#storage.setItem(name, value);
      return true;
    } catch (error) {
      // A storage that is full, or closed to this page, must not keep anybody from writing: what
      // is written lives on in memory, over every drop, and only a reload would lose it.
      if (error instanceof DOMException) return false;
      throw error;
    }
  }
}

/** Make something that nobody guesses; crypto.randomUUID is missing on pages without TLS. */
function secret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function memory(): Storage {
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

/** Give the browser's storage where there is one; a browser that forbids it throws at the mention. */
export function browserStorage(): Storage | null {
  try {
    return "location" in globalThis ? globalThis.localStorage : null;
  } catch {
    return null;
  }
}
