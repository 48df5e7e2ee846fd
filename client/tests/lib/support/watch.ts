/** Looks on at every change: what was written here is shown once, as pending or as a message. */

import type { Room } from "../../../src/lib/index.js";

export class Watch {
  /** What was seen that must not be. */
  readonly faults: string[] = [];
  readonly #ends: (() => void)[];

  constructor(
    private readonly room: Room,
    private readonly written: Set<string>,
  ) {
    this.#ends = [room.messages.subscribe(() => this.look()), room.pending.subscribe(() => this.look())];
  }

  look(): void {
    const pending = this.room.pending.value.map(({ text }) => text);
    const messages = [...this.room.messages.value.values()].map(({ text }) => text);
    for (const text of this.written) {
      const times = [...pending, ...messages].filter((shown) => shown === text).length;
      if (times !== 1) this.faults.push(`${text}: ${times} times`);
    }
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}
