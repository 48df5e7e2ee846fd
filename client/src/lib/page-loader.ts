/** Loading pages of a room's history into a timeline. */

import type { ClientContext } from "./context.js";
import type { Timeline } from "./timeline.js";
import type { Message } from "./types.js";

const MAX_PAGE_SIZE = 200;

export class PageLoader {
  #older: Promise<void> | null = null;
  #newer: Promise<void> | null = null;

  constructor(
    private readonly room: string,
    private readonly context: ClientContext,
    private readonly timeline: Timeline,
    /** Called when a page has been put into the timeline. */
    private readonly loaded: () => void,
  ) {}

  /** Load a page before the timeline; calls meanwhile share it. */
  older(count: number): Promise<void> {
    this.#older ??= this.#loadOlder(Math.min(count, MAX_PAGE_SIZE)).finally(() => (this.#older = null));
    return this.#older;
  }

  /** Load a page after the timeline; calls meanwhile share it. */
  newer(count: number): Promise<void> {
    this.#newer ??= this.#loadNewer(Math.min(count, MAX_PAGE_SIZE)).finally(() => (this.#newer = null));
    return this.#newer;
  }

  async #loadOlder(limit: number): Promise<void> {
    if (!this.timeline.hasOlder) return;
    const { low: before, generation } = this.timeline;
    this.timeline.beginPage();
    try {
      await this.context.request("history", { room: this.room, before, limit }, ({ data }) => {
        this.timeline.prependPage(generation === this.timeline.generation ? (data as Message[]) : null);
        this.loaded();
      });
    } catch (error) {
      this.timeline.prependPage(null);
      throw error;
    }
  }

  async #loadNewer(limit: number): Promise<void> {
    const { high: after, generation } = this.timeline;
    await this.context.request("history", { room: this.room, after, limit }, ({ data }) => {
      if (generation !== this.timeline.generation) return;
      for (const message of data as Message[]) this.timeline.put(message);
      this.loaded();
    });
  }
}
