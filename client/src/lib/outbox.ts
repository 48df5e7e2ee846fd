/** The queue of posts that the server has not acknowledged yet. */

import { storedText } from "./commands.js";
import { delay } from "./delay.js";
import { ApiError, ConnectionLost } from "./errors.js";
import type { ClientStorage, OutboxEntry } from "./storage.js";
import type { Message, Pending, Problem } from "./types.js";

/** What the outbox needs of the client. */
export interface OutboxHost {
  /** Send a post; `handle` gets the stored message, or null if the server stores nothing for this text. */
  post(entry: OutboxEntry, handle: (stored: Message | null) => void): Promise<void>;
  /** Return the current sender, and the position in the log that the client has reached. */
  sender(): { as: string; epoch: string | null; position: number };
  /** Whether posts to this room can be sent now. */
  canSend(room: string): boolean;
  /** Whether this message makes its pending entry unnecessary: it is shown, or never will be. */
  replacesPending(room: string, id: number): boolean;
  pendingChanged(room: string): void;
}

interface Item {
  readonly entry: OutboxEntry;
  /** Whether the entry is in the storage; if that is full, it is in memory only. */
  readonly persisted: boolean;
  /** The id of the stored message: matched from its echo, then known from the acknowledgement. */
  messageId: number | null;
  acknowledged: boolean;
  pending: Pending;
}

export class Outbox {
  #items: Item[];
  #paused = true;
  #running = false;
  #inFlight: Promise<number> | null = null;
  /** Why nothing is accepted now, such as a ban. */
  #refusal: Problem | null = null;

  constructor(
    private readonly storage: ClientStorage,
    private readonly host: OutboxHost,
  ) {
    this.#items = storage.entries().map((entry) => createItem(entry, true));
  }

  add(room: string, text: string): Pending {
    const entry = this.storage.createEntry(room, text);
    const item = createItem(entry, this.storage.save(entry));
    this.#items.push(item);
    this.host.pendingChanged(room);
    this.#failRefused();
    void this.#run();
    return item.pending;
  }

  /** Return the entries of a room that are not yet shown as messages, in order. */
  pendingIn(room: string): Pending[] {
    const items = this.#items.filter(({ entry }) => entry.room === room);
    return items.filter((item) => !this.#isReplaced(item)).map(({ pending }) => pending);
  }

  retry(key: string): void {
    this.#requeue((item) => item.entry.key === key);
  }

  /** Retry all posts that failed with this code, or those of one sender. */
  retryAll(code: string, as?: string): void {
    this.#requeue(({ entry }) => entry.problem?.code === code && (as === undefined || entry.as === as));
  }

  /** Remove a post. If it is in flight, it may be stored nevertheless. */
  discard(key: string): void {
    this.#items.filter((item) => item.entry.key === key).forEach((item) => this.#remove(item));
  }

  /** Fail what waits, and what is added, until there is no such refusal any more. */
  refuse(refusal: Problem | null): void {
    this.#refusal = refusal;
    this.#failRefused();
  }

  /** Start sending, or continue after `pause`. */
  resume(): void {
    this.#paused = false;
    void this.#run();
  }

  /** Send what could not be sent before; called when a room becomes ready. */
  flush(): void {
    void this.#run();
  }

  /** Stop sending. Resolves when no post is in flight. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#inFlight;
  }

  /**
   * Match an own message that was received as an event (the local echo) to its entry, which it
   * replaces. The event arrives before the acknowledgement and does not have the key. If another
   * tab has posted the same text, the match may be wrong: it looks the same, and the
   * acknowledgement corrects it.
   */
  matchEcho(message: Message): void {
    const found = this.#items.find(
      ({ entry, messageId, pending }) =>
        messageId === null &&
        pending.state !== "failed" &&
        entry.as !== null &&
        entry.room === message.room &&
        storedText(entry.text) === message.text &&
        entry.after < message.rev,
    );
    if (found) found.messageId = message.id;
  }

  /** Remove the acknowledged entries of a room whose messages are shown. */
  removeShown(room: string): void {
    this.#items = this.#items.filter((item) => item.entry.room !== room || !this.#isDone(item));
  }

  /** Undo the matches of a room whose messages have been cleared. */
  forgetEchoes(room: string): void {
    for (const item of this.#items) if (item.entry.room === room && !item.acknowledged) item.messageId = null;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    // One post is in flight at a time: if the server defers a post (429, 503), the next one would
    // otherwise overtake it.
    for (let next = this.#next(); next; next = this.#next()) {
      this.#inFlight = this.#send(next);
      const wait = await this.#inFlight;
      if (wait > 0) await delay(wait);
    }
    this.#running = false;
  }

  #next(): Item | undefined {
    const next = this.#items.find(({ pending }) => pending.state === "queued");
    return !this.#paused && next && this.host.canSend(next.entry.room) ? next : undefined;
  }

  /** Send a post; return the milliseconds to wait before the next one. */
  async #send(item: Item): Promise<number> {
    if (!this.#assignSender(item)) return 0;
    this.#setState(item, "sending");
    try {
      await this.host.post(item.entry, (stored) => this.#acknowledge(item, stored));
    } catch (error) {
      return this.#handleFailure(item, error);
    }
    return 0;
  }

  /** Record the sender in the entry before it is sent. Returns false if it must not be sent. */
  #assignSender(item: Item): boolean {
    const { entry } = item;
    const saved = item.persisted ? this.storage.find(entry) : entry;
    const { as, epoch, position } = this.host.sender();
    if (saved === null) {
      // Another tab has sent or discarded it.
      this.#remove(item);
      return false;
    }
    if ((saved.as ?? as) !== as) {
      this.#fail(item, SENT_AS_ANOTHER);
      return false;
    }
    if (saved.as === null || entry.epoch !== epoch) Object.assign(entry, { epoch, after: position });
    entry.as = as;
    if (item.persisted) this.storage.save(entry);
    return true;
  }

  #acknowledge(item: Item, stored: Message | null): void {
    item.acknowledged = true;
    item.messageId = stored?.id ?? null;
    this.storage.remove(item.entry);
    this.removeShown(item.entry.room);
    this.host.pendingChanged(item.entry.room);
  }

  /** Queue the post again, or mark it as failed; return the milliseconds to wait before the next attempt. */
  #handleFailure(item: Item, error: unknown): number {
    if (error instanceof ConnectionLost || (error instanceof ApiError && error.retryable)) {
      this.#setState(item, "queued");
      return error instanceof ApiError ? (error.retryAfter ?? 1) * 1000 : 0;
    }
    if (!(error instanceof ApiError)) throw error;
    this.#fail(item, error.problem);
    return 0;
  }

  #fail(item: Item, problem: Problem): void {
    item.entry.problem = problem;
    item.messageId = null;
    if (item.persisted) this.storage.save(item.entry);
    this.#setState(item, "failed");
  }

  #failRefused(): void {
    // What was sent before, as somebody, may be stored.
    const waiting = this.#items.filter(({ entry, pending }) => pending.state === "queued" && entry.as === null);
    if (this.#refusal) for (const item of waiting) this.#fail(item, this.#refusal);
  }

  #requeue(matches: (item: Item) => boolean): void {
    for (const item of this.#items.filter((each) => each.pending.state === "failed" && matches(each))) {
      // A refused post is not stored, so that any sender may send it now.
      Object.assign(item.entry, { problem: null, as: null });
      if (item.persisted) this.storage.save(item.entry);
      this.#setState(item, "queued");
    }
    this.#failRefused();
    void this.#run();
  }

  #remove(item: Item): void {
    this.storage.remove(item.entry);
    this.#items = this.#items.filter((other) => other !== item);
    this.host.pendingChanged(item.entry.room);
  }

  #setState(item: Item, state: Pending["state"]): void {
    item.pending = toPending(item.entry, state);
    this.host.pendingChanged(item.entry.room);
  }

  /** Whether the stored message is shown in place of the entry. */
  #isReplaced({ entry, messageId, acknowledged }: Item): boolean {
    return messageId === null ? acknowledged : this.host.replacesPending(entry.room, messageId);
  }

  #isDone(item: Item): boolean {
    return item.acknowledged && this.#isReplaced(item);
  }
}

const SENT_AS_ANOTHER: Problem = {
  status: 409,
  code: "sent_as_another",
  title: "Sent As Another",
  detail: "This was being sent under another name. Whether it arrived is not known.",
};

function createItem(entry: OutboxEntry, persisted: boolean): Item {
  const state = entry.problem ? "failed" : "queued";
  return { entry, persisted, messageId: null, acknowledged: false, pending: toPending(entry, state) };
}

function toPending(entry: OutboxEntry, state: Pending["state"]): Pending {
  const { key, room, text, time, problem } = entry;
  return Object.freeze({ key, room, text, time, state, problem });
}
