/** Who the site is about, kept in sync with `GET /`. */

import type { Manager } from "socket.io-client";
import { NamespaceConnection } from "./connection.js";
import { Deferred } from "./deferred.js";
import { delay } from "./delay.js";
import { ApiError, ConnectionLost } from "./errors.js";
import { Writable } from "./store.js";
import type { Presentation, PresentationFeed } from "./types.js";

export class LivePresentation implements PresentationFeed {
  readonly presentation = new Writable<Presentation | null>(null);
  readonly author = new Writable<string | null | undefined>(undefined);
  readonly live = new Writable(false);
  readonly #connection: NamespaceConnection;
  #epoch: string | null = null;
  #opened: Deferred | null = null;

  constructor(manager: Manager) {
    this.#connection = new NamespaceConnection(manager, "/me", {
      // The presentation is public, so that there is nothing to authenticate.
      auth: () => ({}),
      connected: () => undefined,
      disconnected: () => this.live.set(false),
      refused: () => this.live.set(false),
    });
    this.#connection.on<{ author?: string | null }>("ready", ({ author }) => {
      this.author.set(author);
      void this.#fetch();
    });
    this.#connection.on<{ author: string | null }>("author", ({ author }) => this.author.set(author));
    this.#connection.on("me", (presentation: Presentation) => this.#put(presentation));
  }

  open(): Promise<void> {
    this.#opened ??= new Deferred();
    this.#connection.open();
    return this.#opened.promise;
  }

  close(): void {
    this.#connection.close();
    this.live.set(false);
  }

  /** Read the presentation on each connection: it is one object, which may be of another log (`epoch`). */
  async #fetch(): Promise<void> {
    try {
      while (!this.live.value) await this.#request();
      this.#opened?.resolve();
    } catch (error) {
      // The next connection starts this again.
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }

  async #request(): Promise<void> {
    try {
      await this.#connection.request("changes", { limit: 1 }, (response) => {
        const [presentation] = response.data as Presentation[];
        // A version that is stored, but not yet sent to anybody, is in no response: it is the next event.
        const isNewer = presentation && presentation.rev !== this.presentation.value?.rev;
        if (isNewer || response["epoch"] !== this.#epoch) this.presentation.set(presentation ?? null);
        this.#epoch = response["epoch"] as string;
        this.live.set(true);
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await delay((error.retryAfter ?? 1) * 1000);
    }
  }

  #put(presentation: Presentation): void {
    // What was missed is sent before `ready`: then it is the newest version, or the next response has it.
    const known = this.presentation.value;
    if (this.live.value && known && known.rev >= presentation.rev) return;
    this.presentation.set(presentation);
  }
}
