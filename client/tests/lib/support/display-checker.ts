/** Checks an invariant at each change of a room: every post is shown exactly once, pending or as a message. */

import type { Room } from "../../../src/lib/index.js";

export class DisplayChecker {
  /** The violations of the invariant, as texts. */
  readonly violations: string[] = [];
  readonly #unsubscribe: (() => void)[];

  /** `posted` may grow. A text in `deleted` may be missing. */
  constructor(
    private readonly room: Room,
    private readonly posted: ReadonlySet<string>,
    private readonly deleted: ReadonlySet<string> = new Set(),
  ) {
    this.#unsubscribe = [room.messages.subscribe(() => this.#check()), room.pending.subscribe(() => this.#check())];
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #check(): void {
    const displayed = [...this.room.pending.value, ...this.room.messages.value.values()];
    const texts = displayed.map(({ text }) => originalText(text));
    for (const text of this.posted) {
      const times = texts.filter((other) => other === text).length;
      const missing = times === 0 && this.room.joined.value && !this.deleted.has(text);
      if (times > 1 || missing) this.violations.push(`${text}: ${times} times`);
    }
  }
}

/** Return the text as it was posted: the edits of random clients append a bar and a number. */
export function originalText(text: string | null): string | null {
  return text?.split("|")[0] ?? null;
}
