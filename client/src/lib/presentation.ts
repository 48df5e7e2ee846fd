/** Who the site is about, kept in sync with `GET /`. */

import type { Manager } from "socket.io-client";
import type { Acknowledgement } from "./connection.js";
import { PublicFeed } from "./public-feed.js";
import { Writable } from "./store.js";
import type { Presentation, PresentationFeed } from "./types.js";

/** It is one object, which is read on each connection, as it may be of another log (`epoch`). */
export class LivePresentation extends PublicFeed<Presentation> implements PresentationFeed {
  readonly presentation = new Writable<Presentation | null>(null);
  readonly author = new Writable<string | null | undefined>(undefined);
  #epoch: string | null = null;

  constructor(manager: Manager) {
    super(manager, "/me", "me");
    this.connection.on<{ author?: string | null }>("ready", ({ author }) => this.author.set(author));
    this.connection.on<{ author: string | null }>("author", ({ author }) => this.author.set(author));
  }

  protected isComplete(): boolean {
    return this.live.value;
  }

  protected place(): object {
    return { limit: 1 };
  }

  protected add(page: Acknowledgement): void {
    const [presentation] = page.data as Presentation[];
    // A version that is stored, but not yet sent to anybody, is in no response: it is the next event.
    const isNewer = presentation && presentation.rev !== this.presentation.value?.rev;
    if (isNewer || page["epoch"] !== this.#epoch) this.presentation.set(presentation ?? null);
    this.#epoch = page["epoch"] as string;
    this.live.set(true);
  }

  protected receive(presentation: Presentation): void {
    // What was missed is sent before `ready`: then it is the newest version, or the next response has it.
    const known = this.presentation.value;
    if (this.live.value && known && known.rev >= presentation.rev) return;
    this.presentation.set(presentation);
  }
}
