/** The loaded messages of a room, without gaps from the oldest loaded one to the newest. */

import type { Message } from "./types.js";

/**
 * Message ids are consecutive, but changes arrive in the order of `rev`: a message that was edited
 * while the client was away arrives only as the edit, after its successors. Until then `snapshot`
 * leaves those successors out.
 */
export class Timeline {
  readonly #messages = new Map<number, Message>();
  /** Changes of messages older than `low`, held while a page is being loaded. */
  readonly #held = new Map<number, Message>();
  #low: number | null = null;
  #high = 0;
  #pagesLoading = 0;
  /** Whether the room was empty at the start, so that its first message may have any id. */
  #wasEmpty = false;
  /** Whether there is nothing before `low`: in a room with a retention, ids begin later than 1. */
  #atBeginning = false;
  /** The number of times the timeline has been cleared. */
  generation = 0;

  /** The oldest loaded id, or the first that may arrive; null before anything has been loaded. */
  get low(): number | null {
    return this.#low;
  }

  /** The newest id up to which no message is missing. */
  get high(): number {
    return this.#high;
  }

  get hasOlder(): boolean {
    return this.#low !== null && this.#low > 1 && !this.#atBeginning;
  }

  /** Remove all messages. What is put from now on is not shown before `startAt`. */
  clear(): void {
    this.#messages.clear();
    this.#held.clear();
    this.#low = null;
    this.#high = 0;
    this.#wasEmpty = this.#atBeginning = false;
    this.generation++;
  }

  /** Start the timeline at this id; older messages count as not loaded. */
  startAt(low: number): void {
    for (const id of this.#messages.keys()) if (id < low) this.#messages.delete(id);
    this.#low = low;
    this.#high = low - 1;
    this.#advanceHigh();
  }

  /** Start the timeline in a room without messages: it begins with the first that arrives. */
  startEmpty(): void {
    const [first = 1] = [...this.#messages.keys()].sort((a, b) => a - b);
    this.startAt(first);
    this.#wasEmpty = this.#atBeginning = true;
  }

  /** Remove what is older than this id, and begin with it. */
  dropBefore(first: number): void {
    if (this.#low === null || first <= this.#low) return;
    const high = this.#high;
    this.startAt(first);
    this.#high = Math.max(high, this.#high);
    this.#wasEmpty = false;
    this.#atBeginning = true;
  }

  /** Store the newest version of a message. Returns whether the message was unknown. */
  put(message: Message): boolean {
    // The first may have been changed, so that it arrives after its successors.
    if (this.#wasEmpty && (this.#messages.size === 0 || message.id < (this.#low ?? 0))) this.startAt(message.id);
    if (this.#low !== null && message.id < this.#low) {
      if (this.#pagesLoading > 0) putNewest(this.#held, message);
      return false;
    }
    const isNew = !this.#messages.has(message.id);
    putNewest(this.#messages, message);
    this.#advanceHigh();
    return isNew;
  }

  /** Hold changes of older messages until `prependPage`: the page being loaded may not contain them. */
  beginPage(): void {
    this.#pagesLoading++;
  }

  /**
   * Add an older page, if it ends right before the oldest loaded message; an empty one if there is
   * nothing older; null if loading failed.
   */
  prependPage(page: readonly Message[] | null): void {
    this.#pagesLoading--;
    const first = page?.[0];
    if (page?.length === 0) this.#atBeginning = true;
    if (page && first && this.#low !== null && page.at(-1)?.id === this.#low - 1) {
      this.#low = first.id;
      for (const message of page) putNewest(this.#messages, message);
      for (const message of this.#held.values()) if (message.id >= first.id) putNewest(this.#messages, message);
    }
    if (this.#pagesLoading === 0) this.#held.clear();
  }

  /** Return the loaded messages by id, ascending. */
  snapshot(): ReadonlyMap<number, Message> {
    const shown = new Map<number, Message>();
    for (let id = this.#low ?? 1; id <= this.#high; id++) {
      const message = this.#messages.get(id);
      if (message) shown.set(id, message);
    }
    return shown;
  }

  #advanceHigh(): void {
    if (this.#low !== null) while (this.#messages.has(this.#high + 1)) this.#high++;
  }
}

function putNewest(messages: Map<number, Message>, message: Message): void {
  const known = messages.get(message.id);
  if (!known || known.rev < message.rev) messages.set(message.id, message);
}
