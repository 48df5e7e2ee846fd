/** Messages far back in a room's history: a second timeline, until it meets that of the newest messages. */

import type { ClientContext } from "./context.js";
import { PageLoader } from "./page-loader.js";
import { Derived, Writable } from "./store.js";
import { Timeline } from "./timeline.js";
import type { Message, Segment } from "./types.js";

/** The number of messages that are loaded around one. */
const AROUND = 100;
const PAGE_SIZE = 50;

export class HistorySegment implements Segment {
  readonly timeline = new Timeline();
  readonly messages = new Derived(() => this.timeline.snapshot());
  readonly hasOlder = new Derived(() => this.timeline.hasOlder);
  readonly #pages: PageLoader;

  constructor(room: string, context: ClientContext, loaded: () => void) {
    this.#pages = new PageLoader(room, context, this.timeline, () => {
      this.invalidate();
      loaded();
    });
  }

  loadOlder(count = PAGE_SIZE): Promise<void> {
    return this.#pages.older(count);
  }

  loadNewer(count = PAGE_SIZE): Promise<void> {
    return this.#pages.newer(count);
  }

  /** Store messages: those of a page, or received as events, also before the first page. */
  put(messages: readonly Message[]): void {
    for (const message of messages) this.timeline.put(message);
    this.invalidate();
  }

  invalidate(): void {
    this.messages.invalidate();
    this.hasOlder.invalidate();
  }
}

/** The segment of a room, if there is one. */
export class RoomSegment {
  readonly current = new Writable<HistorySegment | null>(null);
  /** Segments whose first page is being loaded. */
  readonly #loading = new Set<HistorySegment>();
  /** How often it has been closed: what was being loaded then is not shown. */
  #closed = 0;

  constructor(
    private readonly room: string,
    private readonly context: ClientContext,
    /** The timeline of the newest messages. */
    private readonly newest: Timeline,
    /** Called when the messages of the segment have been moved to `newest`. */
    private readonly moved: () => void,
  ) {}

  /** Handle new and changed messages of the room. */
  put(messages: readonly Message[]): void {
    for (const segment of [this.current.value, ...this.#loading]) segment?.put(messages);
  }

  /** Remove the messages that are older than this id. */
  dropBefore(first: number): void {
    const segment = this.current.value;
    segment?.timeline.dropBefore(first);
    segment?.invalidate();
    if (segment?.messages.value.size === 0) this.current.set(null);
  }

  /** Remove the messages: changes have been missed. What is being loaded is loaded anew. */
  clear(): void {
    this.current.set(null);
    this.#loading.clear();
  }

  /** Remove the messages, also those that are being loaded. */
  close(): void {
    this.current.set(null);
    this.#closed++;
  }

  /** Load the messages around one in the room that `join` joins. Returns whether the room has it. */
  async loadAround(id: number, join: () => Promise<void>): Promise<boolean> {
    const closed = this.#closed;
    for (;;) {
      await join();
      const { low, high } = this.newest;
      if (low !== null && id >= low) {
        if (id <= high) this.current.set(null);
        return id <= high;
      }
      if (this.current.value?.messages.value.has(id)) return true;
      const found = await this.#load(id, closed);
      if (found !== null) return found;
    }
  }

  /** Returns null if the room has been cleared meanwhile. */
  #load(id: number, closed: number): Promise<boolean | null> {
    const segment = new HistorySegment(this.room, this.context, () => this.#join());
    // Before its first page: that may not contain what happens while it is being loaded.
    this.#loading.add(segment);
    const request = { room: this.room, around: id, limit: AROUND };
    return this.context
      .request("history", request, ({ data }) => this.#start(segment, data as Message[], id, closed))
      .finally(() => this.#loading.delete(segment));
  }

  #start(segment: HistorySegment, page: readonly Message[], id: number, closed: number): boolean | null {
    if (!this.#loading.delete(segment)) return null;
    const [first] = page;
    if (!first || !page.some((message) => message.id === id)) return false;
    if (closed !== this.#closed) return true;
    segment.put(page);
    segment.timeline.startAt(first.id);
    segment.invalidate();
    this.current.set(segment);
    this.#join();
    return true;
  }

  /** Move the messages of the segment to the newest, if nothing is missing between them. */
  #join(): void {
    const segment = this.current.value;
    const { low } = this.newest;
    if (!segment || low === null || segment.timeline.high < low - 1) return;
    this.newest.beginPage();
    const older = [...segment.timeline.snapshot().values()].filter(({ id }) => id < low);
    this.newest.prependPage(older.length > 0 ? older : null);
    this.current.set(null);
    this.moved();
  }
}
