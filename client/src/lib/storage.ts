/**
 * State that survives a reload: the guest secret and the queued posts.
 *
 * All tabs share one storage. Each outbox entry has a key of its own there, so that no tab
 * overwrites what another has written.
 */

import { isObject } from "./objects.js";
import { SafeStorage, json, memoryStorage, type Parse } from "./safe-storage.js";
import type { Problem } from "./types.js";

/**
 * A queued post, as it is stored. Browsers hold entries of older versions of this library, so the
 * field names must not change.
 */
export interface OutboxEntry {
  /** The sort key, which begins with the creation time. */
  readonly order: string;
  /** The idempotency key, by which a retry is recognised. */
  readonly key: string;
  readonly room: string;
  readonly text: string;
  readonly time: string;
  /** The sender of the first attempt; a retry must have the same one. */
  as: string | null;
  /** The log, and the position in it, before the first attempt: the stored message has a later one. */
  epoch: string | null;
  after: number;
  problem: Problem | null;
}

export class ClientStorage {
  readonly #prefix: string;
  readonly #storage: SafeStorage;
  #lastOrder = 0;
  #guestSecret: string | null = null;

  constructor(url: string, storage: Storage | null) {
    this.#prefix = `me-api:${url}:`;
    this.#storage = new SafeStorage(storage ?? memoryStorage());
  }

  /** Return the secret by which the server recognises a guest after a reload; created on first use. */
  guestSecret(): string {
    const name = `${this.#prefix}guest`;
    this.#guestSecret ??= this.#storage.read(name, isSecret);
    if (this.#guestSecret === null) this.#storage.write(name, (this.#guestSecret = randomSecret()));
    return this.#guestSecret;
  }

  /** Create an entry that sorts after all others. It is not saved. */
  createEntry(room: string, text: string): OutboxEntry {
    const now = Date.now();
    this.#lastOrder = Math.max(now, this.#lastOrder + 1);
    const key = randomSecret();
    const order = `${String(this.#lastOrder).padStart(16, "0")}-${key}`;
    const time = new Date(now).toISOString();
    return { order, key, room, text, time, as: null, epoch: null, after: 0, problem: null };
  }

  /** Return all saved entries, in order. */
  entries(): OutboxEntry[] {
    const own = this.#storage.names().filter((name) => name.startsWith(this.#name(""))).sort();
    const entries = own.map((name) => this.#read(name)).filter((entry) => entry !== null);
    // An entry created after a reload sorts later, even within the same millisecond.
    this.#lastOrder = Math.max(this.#lastOrder, parseInt(entries.at(-1)?.order ?? "0", 10));
    return entries;
  }

  /** Return the saved version of an entry, or null. Another tab may have changed or removed it. */
  find(entry: OutboxEntry): OutboxEntry | null {
    return this.#read(this.#name(entry.order));
  }

  /**
   * Save an entry. Returns false if the storage is full or not accessible: the entry is then in
   * memory only, where it survives a lost connection, but not a reload.
   */
  save(entry: OutboxEntry): boolean {
    return this.#storage.write(this.#name(entry.order), JSON.stringify(entry));
  }

  remove(entry: OutboxEntry): void {
    this.#storage.remove(this.#name(entry.order));
  }

  #name(order: string): string {
    return `${this.#prefix}outbox:${order}`;
  }

  #read(name: string): OutboxEntry | null {
    const entry = this.#storage.read(name, json(isEntry));
    // Under another name than its own it could be neither changed nor removed.
    if (entry === null || name === this.#name(entry.order)) return entry;
    this.#storage.remove(name);
    return null;
  }
}

function isEntry(value: unknown): value is OutboxEntry {
  if (!isObject(value)) return false;
  const { order, key, room, text, time, as, epoch, after, problem } = value;
  const texts = [order, key, room, text, time].every((field) => typeof field === "string");
  const optional = [as, epoch].every((field) => field === null || typeof field === "string");
  return texts && optional && Number.isSafeInteger(after) && (problem === null || isProblem(problem));
}

function isProblem(value: unknown): value is Problem {
  if (!isObject(value)) return false;
  const { status, code, title, detail, source } = value;
  const texts = [code, title, detail, source ?? ""].every((field) => typeof field === "string");
  return texts && typeof status === "number";
}

/** A secret that the server accepts. */
const isSecret: Parse<string> = (text) => (/^[\x21-\x7e]{22,200}$/.test(text) ? text : null);

function randomSecret(): string {
  // Not crypto.randomUUID, which pages without TLS do not have.
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
