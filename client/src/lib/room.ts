/** One room: what is loaded of it, kept equal to what REST returns. */

import { View } from "./store.js";
import { letPass } from "./errors.js";
import type { House } from "./context.js";
import { Presence } from "./presence.js";
import { Range } from "./timeline.js";
import { Stay } from "./subscription.js";
import type { Member, Message, Pending, Room } from "./types.js";

const MOST = 200;
/** Milliseconds between two signs of writing. */
const TYPING = 2500;

export interface Coming extends Member {
  members: number;
}

export interface Going {
  nick: string | null;
  members: number;
}

export class ChatRoom implements Room {
  readonly #range = new Range();
  readonly #presence = new Presence();
  readonly stay: Stay;
  #older: Promise<void> | null = null;
  #meeting: Promise<void> | null = null;
  #typed = 0;

  readonly messages = new View(() => this.#range.snapshot());
  readonly hasOlder = new View(() => this.#range.hasOlder);
  readonly pending: View<readonly Pending[]>;
  readonly members = this.#presence.members;
  readonly typing = this.#presence.typing;

  constructor(
    readonly name: string,
    private readonly house: House,
  ) {
    this.pending = new View<readonly Pending[]>(() => house.outbox.of(name), sameItems);
    this.stay = new Stay(name, house, this.#range, {
      take: (messages) => this.#take(messages),
      forget: () => this.#forget(),
      meet: (members) => this.#presence.members.set(members),
    });
  }

  get joined() {
    return this.stay.joined;
  }

  join(): Promise<void> {
    return this.stay.join();
  }

  leave(): Promise<void> {
    return this.stay.leave();
  }

  post(text: string): Pending {
    return this.house.outbox.add(this.name, text);
  }

  retry(key: string): void {
    this.house.outbox.retry(key);
  }

  discard(key: string): void {
    this.house.outbox.discard(key);
  }

  edit(id: number, text: string): Promise<Message> {
    return this.#change("edit", { id, text });
  }

  delete(id: number): Promise<Message> {
    return this.#change("delete", { id });
  }

  loadOlder(count = 50): Promise<void> {
    this.#older ??= this.#load(Math.min(count, MOST)).finally(() => (this.#older = null));
    return this.#older;
  }

  sendTyping(): void {
    if (!this.house.ready() || Date.now() - this.#typed < TYPING) return;
    this.#typed = Date.now();
    // It is worth nothing a moment later, so what becomes of it does not matter.
    this.house.link.ask("typing", { room: this.name }, () => null).catch(letPass);
  }

  /** A message of this room, new or changed, has come as an event. */
  hear(message: Message): void {
    if (!this.stay.wanted) return;
    this.stay.reached(message.rev);
    this.#presence.rests(message.nick);
    this.#take([message]);
  }

  came({ nick, verified, members }: Coming): void {
    if (this.#presence.came({ nick, verified }, members)) this.meet();
  }

  went({ nick, members }: Going): void {
    const { nick: mine } = this.house.who();
    // Of oneself it means that the room was closed to guests. It may also be somebody who had
    // this nick before: joining again tells, and does no harm.
    if (nick === mine && this.joined.value) void this.stay.enter();
    else if (nick !== null && this.#presence.went(nick, members)) this.meet();
  }

  writes(nick: string): void {
    this.#presence.writes(nick);
  }

  dropped(): void {
    this.stay.dropped();
    this.#presence.quiet();
  }

  /** Whether a message is shown, or will not be, so that nothing else needs to show it. */
  settled(id: number): boolean {
    return this.#range.low === null ? !this.stay.wanted : id <= this.#range.high;
  }

  /** Take what was stored of one's own message. */
  stored(message: Message): void {
    if (this.stay.wanted) this.#take([message]);
  }

  #take(messages: readonly Message[]): void {
    for (const message of messages) if (this.#range.put(message)) this.#recognise(message);
    this.house.outbox.settle(this.name);
    this.#touch();
  }

  #recognise(message: Message): void {
    const mine = message.nick === this.house.who().nick;
    if (mine && !message.edited && !message.deleted) this.house.outbox.recognise(message);
  }

  #forget(): void {
    this.#range.clear();
    this.house.outbox.forget(this.name);
    this.#presence.clear();
    this.#touch();
  }

  #change(event: "edit" | "delete", body: { id: number; text?: string }): Promise<Message> {
    return this.house.request(event, { room: this.name, ...body }, ({ data }) => {
      this.stored(data as Message);
      return data as Message;
    });
  }

  async #load(limit: number): Promise<void> {
    if (!this.#range.hasOlder) return;
    const { low: before, generation } = this.#range;
    this.#range.expect();
    let page: Message[] | null = null;
    try {
      await this.house.request("history", { room: this.name, before, limit }, ({ data }) => {
        page = generation === this.#range.generation ? (data as Message[]) : null;
        this.#range.extend(page);
        this.#touch();
      });
    } catch (error) {
      this.#range.extend(null);
      throw error;
    }
  }

  /** Ask who is here; of many who come at once, not for each. */
  meet(): void {
    this.#meeting ??= this.house.link
      .ask("members", { room: this.name }, ({ data }) => this.#presence.members.set(data as Member[]))
      .catch(letPass)
      .finally(() => (this.#meeting = null));
  }

  #touch(): void {
    this.messages.touch();
    this.hasOlder.touch();
    this.pending.touch();
  }

  /** The outbox has changed. */
  posted(): void {
    this.pending.touch();
  }
}

function sameItems<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}
