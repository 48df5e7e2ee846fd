/**
 * What was written here and is not acknowledged yet. One message is on its way at a time: were the
 * next sent before the answer, it would overtake one that the server has put off (429, 503).
 */

import { storedAs } from "./commands.js";
import { ApiError, Dropped } from "./errors.js";
import type { Entry, Keep } from "./storage.js";
import { pause } from "./delay.js";
import type { Message, Pending, Problem } from "./types.js";

/** What the outbox must know of the rest. */
export interface Surroundings {
  /** Send a message; fulfilled with what is stored, or null where nothing is. */
  post(entry: Entry, take: (stored: Message | null) => void): Promise<void>;
  /** As whom one writes now, and the log and position that one has. */
  who(): { as: string; epoch: string | null; position: number };
  /** Whether messages of this room can be sent now. */
  ready(room: string): boolean;
  /** Whether this message is shown, or will not be. */
  settled(room: string, id: number): boolean;
  changed(room: string): void;
}

/** An entry with what is known of it here. */
interface Item {
  readonly entry: Entry;
  readonly kept: boolean;
  /** The stored message's id: guessed from what arrives, then known from the answer. */
  id: number | null;
  answered: boolean;
  view: Pending;
}

export class Outbox {
  #items: Item[];
  #open = false;
  #running = false;
  #flight: Promise<number> | null = null;

  constructor(
    private readonly keep: Keep,
    private readonly around: Surroundings,
  ) {
    this.#items = keep.entries().map((entry) => item(entry, true));
  }

  add(room: string, text: string): Pending {
    const entry = this.keep.entry(room, text);
    const one = item(entry, this.keep.save(entry));
    this.#items.push(one);
    this.around.changed(room);
    void this.#run();
    return one.view;
  }

  /** Give what a room shows of it: not what is shown as a message already. */
  of(room: string): Pending[] {
    const here = this.#items.filter(({ entry }) => entry.room === room);
    return here.filter((one) => !this.#settled(one)).map(({ view }) => view);
  }

  /** Send again what was refused. */
  retry(key: string): void {
    this.#requeue((one) => one.entry.key === key);
  }

  /** Send again whatever was refused for this reason. */
  retryAll(code: string): void {
    this.#requeue((one) => one.entry.problem?.code === code);
  }

  /** Forget a message; one that is on its way may arrive. */
  discard(key: string): void {
    this.#items.filter((one) => one.entry.key === key).forEach((one) => this.#remove(one));
  }

  /** Send what there is, from now on. */
  open(): void {
    this.#open = true;
    void this.#run();
  }

  /** See whether something can be sent that could not before. */
  wake(): void {
    void this.#run();
  }

  /** Send nothing more; fulfilled when nothing is on its way. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#flight;
  }

  /**
   * See a new message of one's own. On the wire it comes before its acknowledgement and without
   * its key; from here on it is shown instead of the entry. A wrong guess, where another tab said
   * the same, looks the same and is corrected by the answer.
   */
  recognise(message: Message): void {
    const found = this.#items.find(
      ({ entry, id, view }) =>
        id === null &&
        view.state !== "failed" &&
        entry.as !== null &&
        entry.room === message.room &&
        storedAs(entry.text) === message.text &&
        entry.after < message.rev,
    );
    if (found) found.id = message.id;
  }

  /** Let go of answered entries whose message is shown now. */
  settle(room: string): void {
    this.#items = this.#items.filter((one) => one.entry.room !== room || !this.#done(one));
  }

  /** Nothing of a room is shown any more. */
  forget(room: string): void {
    for (const one of this.#items) if (one.entry.room === room && !one.answered) one.id = null;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let next = this.#next(); next; next = this.#next()) {
      this.#flight = this.#send(next);
      const wait = await this.#flight;
      if (wait > 0) await pause(wait);
    }
    this.#running = false;
  }

  #next(): Item | undefined {
    const next = this.#items.find(({ view }) => view.state === "queued");
    return this.#open && next && this.around.ready(next.entry.room) ? next : undefined;
  }

  /** Send one; gives the milliseconds to wait before the next. */
  async #send(one: Item): Promise<number> {
    if (!this.#claim(one)) return 0;
    this.#show(one, "sending");
    try {
      await this.around.post(one.entry, (stored) => this.#answered(one, stored));
    } catch (error) {
      return this.#unanswered(one, error);
    }
    return 0;
  }

  /** Note as whom it is sent, before it is; false where that cannot be. */
  #claim(one: Item): boolean {
    const { entry } = one;
    const known = one.kept ? this.keep.find(entry) : entry;
    const { as, epoch, position } = this.around.who();
    if (known === null) {
      // Another tab has sent or discarded it.
      this.#remove(one);
      return false;
    }
    if ((known.as ?? as) !== as) {
      this.#fail(one, ANOTHER);
      return false;
    }
    if (known.as === null || entry.epoch !== epoch) Object.assign(entry, { epoch, after: position });
    entry.as = as;
    if (one.kept) this.keep.save(entry);
    return true;
  }

  #answered(one: Item, stored: Message | null): void {
    one.answered = true;
    one.id = stored?.id ?? null;
    this.keep.remove(one.entry);
    this.settle(one.entry.room);
    this.around.changed(one.entry.room);
  }

  #unanswered(one: Item, error: unknown): number {
    if (error instanceof Dropped || (error instanceof ApiError && error.passing)) {
      this.#show(one, "queued");
      return error instanceof ApiError ? (error.retryAfter ?? 1) * 1000 : 0;
    }
    if (!(error instanceof ApiError)) throw error;
    this.#fail(one, error.problem);
    return 0;
  }

  #fail(one: Item, problem: Problem): void {
    one.entry.problem = problem;
    one.id = null;
    if (one.kept) this.keep.save(one.entry);
    this.#show(one, "failed");
  }

  #requeue(which: (one: Item) => boolean): void {
    for (const one of this.#items.filter((each) => each.view.state === "failed" && which(each))) {
      // What was refused is not stored, so anybody may send it now.
      Object.assign(one.entry, { problem: null, as: null });
      if (one.kept) this.keep.save(one.entry);
      this.#show(one, "queued");
    }
    void this.#run();
  }

  #remove(one: Item): void {
    this.keep.remove(one.entry);
    this.#items = this.#items.filter((other) => other !== one);
    this.around.changed(one.entry.room);
  }

  #show(one: Item, state: Pending["state"]): void {
    one.view = view(one.entry, state);
    this.around.changed(one.entry.room);
  }

  /** Whether its message is shown instead of it. */
  #settled({ entry, id, answered }: Item): boolean {
    return id === null ? answered : this.around.settled(entry.room, id);
  }

  #done(one: Item): boolean {
    return one.answered && this.#settled(one);
  }
}

const ANOTHER: Problem = {
  status: 409,
  code: "sent_as_another",
  title: "Sent As Another",
  detail: "This was being sent under another name. Whether it arrived is not known.",
};

function item(entry: Entry, kept: boolean): Item {
  const state = entry.problem ? "failed" : "queued";
  return { entry, kept, id: null, answered: false, view: view(entry, state) };
}

function view(entry: Entry, state: Pending["state"]): Pending {
  const { key, room, text, time, problem } = entry;
  return Object.freeze({ key, room, text, time, state, problem });
}
