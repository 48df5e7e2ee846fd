/** Looks on at every change: what was written here is shown once, as pending or as a message. */

import type { Room } from "../../../src/lib/index.js";

export class Watch {
  /** What was seen that must not be. */
  readonly faults: string[] = [];
  readonly #ends: (() => void)[];

  /** `written` may grow; what is in `gone` may be shown or not. A text's mark ends at its bar. */
  constructor(
    private readonly room: Room,
    private readonly written: ReadonlySet<string>,
    private readonly gone: ReadonlySet<string> = new Set(),
  ) {
    this.#ends = [room.messages.subscribe(() => this.#look()), room.pending.subscribe(() => this.#look())];
  }

  end(): void {
    for (const end of this.#ends) end();
  }

  #look(): void {
    const shown = [...this.room.pending.value, ...this.room.messages.value.values()].map(({ text }) => mark(text));
    for (const text of this.written) {
      const times = shown.filter((other) => other === text).length;
      const missing = times === 0 && this.room.joined.value && !this.gone.has(text);
      if (times > 1 || missing) this.faults.push(`${text}: ${times} times`);
    }
  }
}

/** Give what stays of a text in an edit. */
export function mark(text: string | null): string | null {
  return text?.split("|")[0] ?? null;
}
