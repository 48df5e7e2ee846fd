/**
 * The loaded part of a room: contiguous, from the oldest loaded message to the newest.
 *
 * Ids have no holes, but changes come in the order of rev: of a message that was edited meanwhile
 * only the edit comes, after its successors. Such successors wait here, unseen, until it is there.
 */

import type { Message } from "./types.js";

export class Range {
  readonly #known = new Map<number, Message>();
  readonly #below = new Map<number, Message>();
  #low: number | null = null;
  #high = 0;
  #loads = 0;
  /** Counts how often it was begun anew. */
  generation = 0;

  /** The oldest loaded id, or the first that may come; null before anything was read. */
  get low(): number | null {
    return this.#low;
  }

  /** The newest id up to which nothing is missing. */
  get high(): number {
    return this.#high;
  }

  get hasOlder(): boolean {
    return this.#low !== null && this.#low > 1;
  }

  /** Forget everything; what is put from now on waits for `begin`. */
  clear(): void {
    this.#known.clear();
    this.#below.clear();
    this.#low = null;
    this.#high = 0;
    this.generation++;
  }

  /** Begin at this id: what is older is not loaded. */
  begin(low: number): void {
    for (const id of this.#known.keys()) if (id < low) this.#known.delete(id);
    this.#low = low;
    this.#high = low - 1;
    this.#grow();
  }

  /** Take a message as it now is; tells whether it was not known before. */
  put(message: Message): boolean {
    if (this.#low !== null && message.id < this.#low) {
      if (this.#loads > 0) newer(this.#below, message);
      return false;
    }
    const first = !this.#known.has(message.id);
    newer(this.#known, message);
    this.#grow();
    return first;
  }

  /** Keep changes of older messages from now on: a page that is being read may not have them. */
  expect(): void {
    this.#loads++;
  }

  /** Take an older page, which ends right before what is loaded; null where none came. */
  extend(page: readonly Message[] | null): void {
    this.#loads--;
    const first = page?.[0];
    if (page && first && this.#low !== null && page.at(-1)?.id === this.#low - 1) {
      this.#low = first.id;
      for (const message of page) newer(this.#known, message);
      for (const message of this.#below.values()) if (message.id >= first.id) newer(this.#known, message);
    }
    if (this.#loads === 0) this.#below.clear();
  }

  /** Give what is loaded, by id, ascending. */
  snapshot(): ReadonlyMap<number, Message> {
    const shown = new Map<number, Message>();
    for (let id = this.#low ?? 1; id <= this.#high; id++) {
      const message = this.#known.get(id);
      if (message) shown.set(id, message);
    }
    return shown;
  }

  #grow(): void {
    if (this.#low !== null) while (this.#known.has(this.#high + 1)) this.#high++;
  }
}

function newer(messages: Map<number, Message>, message: Message): void {
  const known = messages.get(message.id);
  if (!known || known.rev < message.rev) messages.set(message.id, message);
}
