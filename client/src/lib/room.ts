/** A room: its loaded messages, pending posts and members, kept in sync with REST. */

import type { ClientContext } from "./context.js";
import { ignoreExpected } from "./errors.js";
import { PageLoader } from "./page-loader.js";
import { Presence } from "./presence.js";
import { RoomSegment } from "./segment.js";
import { Derived } from "./store.js";
import { RoomSubscription } from "./subscription.js";
import { Timeline } from "./timeline.js";
import type { Member, Message, Pending, Room } from "./types.js";

const PAGE_SIZE = 50;
/** Milliseconds between two `typing` events. */
const TYPING_INTERVAL = 2500;

export interface MemberJoined extends Member {
  members: number;
}

export interface MemberLeft {
  nick: string | null;
  members: number;
}

export class ChatRoom implements Room {
  readonly #timeline = new Timeline();
  readonly #presence = new Presence();
  readonly #pages: PageLoader;
  readonly #segment: RoomSegment;
  readonly subscription: RoomSubscription;
  #refreshingMembers: Promise<void> | null = null;
  #lastTyping = 0;

  readonly messages = new Derived(() => this.#timeline.snapshot());
  readonly hasOlder = new Derived(() => this.#timeline.hasOlder);
  readonly pending: Derived<readonly Pending[]>;
  readonly members = this.#presence.members;
  readonly typing = this.#presence.typing;

  constructor(
    readonly name: string,
    private readonly context: ClientContext,
  ) {
    this.#pages = new PageLoader(name, context, this.#timeline, () => this.#invalidate());
    this.#segment = new RoomSegment(name, context, this.#timeline, () => this.#invalidate());
    this.pending = new Derived<readonly Pending[]>(() => context.outbox.pendingIn(name), sameItems);
    this.subscription = new RoomSubscription(name, context, this.#timeline, {
      messagesReceived: (messages) => this.#put(messages),
      cleared: () => this.#clear(),
      membersReceived: (members) => this.#presence.members.set(members),
    });
  }

  get joined() {
    return this.subscription.joined;
  }

  get problem() {
    return this.subscription.problem;
  }

  get segment() {
    return this.#segment.current;
  }

  join(): Promise<void> {
    return this.subscription.join();
  }

  leave(): Promise<void> {
    return this.subscription.leave();
  }

  post(text: string): Pending {
    return this.context.outbox.add(this.name, text);
  }

  retry(key: string): void {
    this.context.outbox.retry(key);
  }

  discard(key: string): void {
    this.context.outbox.discard(key);
  }

  edit(id: number, text: string): Promise<Message> {
    return this.#change("edit", { id, text });
  }

  delete(id: number): Promise<Message> {
    return this.#change("delete", { id });
  }

  loadOlder(count = PAGE_SIZE): Promise<void> {
    return this.#pages.older(count);
  }

  loadAround(id: number): Promise<boolean> {
    return this.#segment.loadAround(id, () => this.join());
  }

  closeSegment(): void {
    this.#segment.close();
  }

  dropBefore(first: number): void {
    this.#timeline.dropBefore(first);
    this.#segment.dropBefore(first);
    this.#invalidate();
  }

  sendTyping(): void {
    if (!this.context.isReady() || Date.now() - this.#lastTyping < TYPING_INTERVAL) return;
    this.#lastTyping = Date.now();
    // There is no retry: a moment later the event is of no use.
    this.context.connection.request("typing", { room: this.name }, () => null).catch(ignoreExpected);
  }

  /** Handle a new or changed message of this room, received as an event. */
  messageReceived(message: Message): void {
    if (!this.subscription.wanted) return;
    this.subscription.advance(message.rev);
    this.#presence.typingStopped(message.nick);
    this.#put([message]);
  }

  memberJoined({ nick, verified, members }: MemberJoined): void {
    if (this.#presence.memberJoined({ nick, verified }, members)) this.refreshMembers();
  }

  memberLeft({ nick, members }: MemberLeft): void {
    const { nick: own } = this.context.identity();
    // Our own nick means that the room has been closed to guests, or that somebody who had this
    // nick before has left. Joining again distinguishes the two, and is harmless.
    if (nick === own && this.joined.value) void this.subscription.subscribe();
    else if (nick !== null && this.#presence.memberLeft(nick, members)) this.refreshMembers();
  }

  typingStarted(nick: string): void {
    this.#presence.typingStarted(nick);
  }

  disconnected(): void {
    this.subscription.disconnected();
    this.#presence.clearTyping();
  }

  /** Whether a message makes its pending entry unnecessary: it is shown, or the room is not loaded. */
  replacesPending(id: number): boolean {
    return this.#timeline.low === null ? !this.subscription.wanted : id <= this.#timeline.high;
  }

  /** Show an own message as the server has stored it. */
  messageStored(message: Message): void {
    if (this.subscription.wanted) this.#put([message]);
  }

  #put(messages: readonly Message[]): void {
    for (const message of messages) if (this.#timeline.put(message)) this.#matchEcho(message);
    this.#segment.put(messages);
    this.context.outbox.removeShown(this.name);
    this.#invalidate();
  }

  #matchEcho(message: Message): void {
    const own = message.nick === this.context.identity().nick;
    if (own && !message.edited && !message.deleted) this.context.outbox.matchEcho(message);
  }

  #clear(): void {
    this.#timeline.clear();
    this.#segment.clear();
    this.context.outbox.forgetEchoes(this.name);
    this.#presence.clear();
    this.#invalidate();
  }

  #change(event: "edit" | "delete", body: { id: number; text?: string }): Promise<Message> {
    return this.context.request(event, { room: this.name, ...body }, ({ data }) => {
      this.messageStored(data as Message);
      return data as Message;
    });
  }

  /** Reload the member list; calls during a reload share it. */
  refreshMembers(): void {
    this.#refreshingMembers ??= this.context.connection
      .request("members", { room: this.name }, ({ data }) => this.#presence.members.set(data as Member[]))
      .catch(ignoreExpected)
      .finally(() => (this.#refreshingMembers = null));
  }

  #invalidate(): void {
    this.messages.invalidate();
    this.hasOlder.invalidate();
    this.pending.invalidate();
  }

  pendingChanged(): void {
    this.pending.invalidate();
  }
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
