/** Who is in a room and who is writing; nothing of it is stored anywhere. */

import { Value } from "./store.js";
import type { Member } from "./types.js";

/** Milliseconds after which somebody who was writing no longer is. */
const WRITES = 6000;

export class Presence {
  readonly members = new Value<readonly Member[]>([]);
  readonly typing = new Value<readonly string[]>([]);
  readonly #ends = new Map<string, ReturnType<typeof setTimeout>>();

  /** Somebody came; tells whether the list must be asked for. */
  came(member: Member, count: number): boolean {
    const others = this.members.value.filter(({ nick }) => nick !== member.nick);
    this.members.set([...others, member]);
    return this.members.value.length !== count;
  }

  /** Somebody went; tells whether the list must be asked for. */
  went(nick: string, count: number): boolean {
    this.members.set(this.members.value.filter((member) => member.nick !== nick));
    this.rests(nick);
    return this.members.value.length !== count;
  }

  writes(nick: string): void {
    clearTimeout(this.#ends.get(nick));
    this.#ends.set(nick, setTimeout(() => this.rests(nick), WRITES));
    if (!this.typing.value.includes(nick)) this.typing.set([...this.typing.value, nick]);
  }

  rests(nick: string): void {
    if (!this.#ends.has(nick)) return;
    clearTimeout(this.#ends.get(nick));
    this.#ends.delete(nick);
    this.typing.set(this.typing.value.filter((other) => other !== nick));
  }

  /** Nobody is writing, as far as one can hear. */
  quiet(): void {
    for (const nick of [...this.#ends.keys()]) this.rests(nick);
  }

  clear(): void {
    this.quiet();
    this.members.set([]);
  }
}
