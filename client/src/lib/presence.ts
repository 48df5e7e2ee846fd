/** The members of a room, and which of them are typing. Nothing of this is stored. */

import { Writable } from "./store.js";
import type { Member } from "./types.js";

/** Milliseconds without a `typing` event after which a member no longer counts as typing. */
const TYPING_TIMEOUT = 6000;

export class Presence {
  readonly members = new Writable<readonly Member[]>([]);
  readonly typing = new Writable<readonly string[]>([]);
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** Add a member. Returns whether the list differs from the server's `count` and must be reloaded. */
  memberJoined(member: Member, count: number): boolean {
    const others = this.members.value.filter(({ nick }) => nick !== member.nick);
    this.members.set([...others, member]);
    return this.members.value.length !== count;
  }

  /** Remove a member. Returns whether the list differs from the server's `count` and must be reloaded. */
  memberLeft(nick: string, count: number): boolean {
    this.members.set(this.members.value.filter((member) => member.nick !== nick));
    this.typingStopped(nick);
    return this.members.value.length !== count;
  }

  typingStarted(nick: string): void {
    clearTimeout(this.#timers.get(nick));
    this.#timers.set(nick, setTimeout(() => this.typingStopped(nick), TYPING_TIMEOUT));
    if (!this.typing.value.includes(nick)) this.typing.set([...this.typing.value, nick]);
  }

  typingStopped(nick: string): void {
    if (!this.#timers.has(nick)) return;
    clearTimeout(this.#timers.get(nick));
    this.#timers.delete(nick);
    this.typing.set(this.typing.value.filter((other) => other !== nick));
  }

  clearTyping(): void {
    for (const nick of [...this.#timers.keys()]) this.typingStopped(nick);
  }

  clear(): void {
    this.clearTyping();
    this.members.set([]);
  }
}
