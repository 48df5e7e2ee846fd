/** The client: one connection, its rooms, its outbox, and who one is. */

import { Manager } from "socket.io-client";
import { Value } from "./store.js";
import { newNick } from "./commands.js";
import { ApiError, Dropped, failure } from "./errors.js";
import type { House } from "./context.js";
import { Keep, browserStorage, type Entry } from "./storage.js";
import { Link } from "./connection.js";
import { Outbox } from "./outbox.js";
import { pause } from "./delay.js";
import { Reports } from "./reports.js";
import { isObject } from "./rest.js";
import { ChatRoom, type Coming, type Going } from "./room.js";
import type { Client, Me, Message, Options, Problem, Room, Status } from "./types.js";
import { Waiters } from "./gate.js";

/** Notices that are kept. */
const NOTICES = 100;

interface Ready extends Me {
  rev: number;
  epoch: string;
  rooms: string[];
}

/** Whom an event of a room is about. */
interface Told {
  room: string;
}

interface Typing {
  nick: string;
}

export class ChatClient implements Client, House {
  readonly status = new Value<Status>("connecting");
  readonly me = new Value<Me>({ nick: null, user: null });
  readonly problem = new Value<Problem | null>(null);
  readonly notices = new Value<readonly string[]>([]);
  readonly reports: Reports;
  readonly link: Link;
  readonly outbox: Outbox;
  readonly #keep: Keep;
  readonly #rooms = new Map<string, ChatRoom>();
  readonly #waiters = new Waiters();
  #nick: string | null;
  #token: string | null;
  #epoch: string | null = null;
  #position = 0;
  #ready = false;

  constructor(options: Options) {
    const address = (options.url ?? globalThis.location.origin).replace(/\/+$/, "");
    const manager = new Manager(address, {
      autoConnect: false,
      rememberUpgrade: true,
      reconnectionDelay: options.reconnectionDelay ?? 1000,
      ...(options.transports ? { transports: options.transports } : {}),
    });
    this.#nick = options.nick ?? null;
    this.#token = options.token ?? null;
    this.#keep = new Keep(address, options.storage === undefined ? browserStorage() : options.storage);
    this.outbox = new Outbox(this.#keep, {
      post: (entry, take) => this.#post(entry, take),
      who: () => this.#who(),
      ready: (room) => this.#ready && !this.#rooms.get(room)?.stay.entering,
      settled: (room, id) => this.#rooms.get(room)?.settled(id) ?? true,
      changed: (room) => this.#rooms.get(room)?.posted(),
    });
    this.reports = new Reports(manager);
    this.link = new Link(manager, "/chat", {
      auth: () => this.#auth(),
      connected: (recovered) => this.#connected(recovered),
      dropped: () => this.#dropped(),
      refused: (problem) => this.#refused(problem),
    });
    this.#listen();
    this.link.open();
  }

  room(name: string): Room {
    const room = this.#rooms.get(name) ?? new ChatRoom(name, this);
    this.#rooms.set(name, room);
    return room;
  }

  identify({ nick, token }: { nick?: string | null; token?: string | null }): void {
    if (nick !== undefined) this.#nick = nick;
    if (token !== undefined) this.#token = token;
    // What is on its way is answered first: sent again as somebody else it would be there twice.
    void this.outbox.close().then(() => this.#reconnect());
  }

  close(): void {
    this.status.set("closed");
    this.#waiters.reject(failure(0, "closed", "Closed", "The client was closed."));
    this.reports.close();
    this.link.close();
  }

  who(): Me {
    return this.me.value;
  }

  ready(): boolean {
    return this.#ready;
  }

  settled(): void {
    const caughtUp = [...this.#rooms.values()].every((room) => !room.stay.entering);
    if (this.#ready && caughtUp) this.status.set("live");
    this.outbox.wake();
  }

  request: Link["ask"] = async (event, body, take) => {
    for (;;) {
      if (!this.#ready) await this.#waiters.wait(this.#hopeless());
      try {
        return await this.link.ask(event, body, take);
      } catch (error) {
        if (error instanceof ApiError && error.passing) await pause((error.retryAfter ?? 1) * 1000);
        else if (!(error instanceof Dropped)) throw error;
      }
    }
  };

  #listen(): void {
    this.link.on<Ready>("ready", (ready) => this.#arrived(ready));
    this.link.on<Message>("message", (message) => this.#heard(message));
    this.link.on<Told & Coming>("joined", (news) => this.#rooms.get(news.room)?.came(news));
    this.link.on<Told & Going>("left", (news) => this.#rooms.get(news.room)?.went(news));
    this.link.on<Told & Typing>("typing", (news) => this.#rooms.get(news.room)?.writes(news.nick));
    this.link.on<{ text: string }>("notice", ({ text }) => this.#notice(text));
  }

  #heard(message: Message): void {
    this.#position = Math.max(this.#position, message.rev);
    this.#rooms.get(message.room)?.hear(message);
  }

  #connected(recovered: boolean): void {
    this.status.set("catching-up");
    for (const room of this.#rooms.values()) room.stay.connected(recovered);
  }

  /** All that was missed in a recovered session has come; catch up with the rest. */
  #arrived({ nick, user, rev, epoch, rooms }: Ready): void {
    this.#ready = true;
    this.#position = epoch === this.#epoch ? Math.max(this.#position, rev) : rev;
    this.#epoch = epoch;
    this.me.set({ nick, user });
    this.problem.set(nick === null && this.#nick !== null ? lost(this.#nick) : null);
    for (const name of rooms) this.room(name);
    for (const [name, room] of this.#rooms) void room.stay.back(rooms.includes(name));
    if (nick !== null) this.outbox.retryAll("nick_required");
    this.outbox.open();
    this.#waiters.fulfil();
    this.settled();
  }

  #dropped(): void {
    this.#ready = false;
    void this.outbox.close();
    for (const room of this.#rooms.values()) room.dropped();
    if (this.status.value !== "closed") this.status.set("reconnecting");
  }

  #refused(problem: Problem): void {
    this.problem.set(problem);
    this.status.set("refused");
    this.#waiters.reject(new ApiError([problem]));
  }

  #reconnect(): void {
    if (this.status.value === "closed") return;
    this.problem.set(null);
    this.link.reopen();
    this.status.set(this.#epoch === null ? "connecting" : "reconnecting");
  }

  /** Why there is no sense in waiting for a connection, if there is none. */
  #hopeless(): ApiError | null {
    if (this.status.value === "closed") return failure(0, "closed", "Closed", "The client was closed.");
    return this.status.value === "refused" && this.problem.value ? new ApiError([this.problem.value]) : null;
  }

  #auth(): Record<string, unknown> {
    const who = this.#token === null ? { guest: this.#keep.guest() } : { token: this.#token };
    return this.#nick === null ? who : { ...who, nick: this.#nick };
  }

  #who(): { as: string; epoch: string | null; position: number } {
    const { user } = this.me.value;
    return { as: user ? `user:${user.email}` : "guest", epoch: this.#epoch, position: this.#position };
  }

  #post({ room, text, key }: Entry, take: (stored: Message | null) => void): Promise<void> {
    return this.link.ask("post", { room, text, key }, ({ data }) => {
      const stored = isObject(data) && "rev" in data ? (data as unknown as Message) : null;
      if (stored) this.#rooms.get(room)?.stored(stored);
      else this.#renamed(newNick(text));
      // What a command has to tell comes as the event `notice`, too: it is shown once, by that.
      take(stored);
    });
  }

  /** Be the one that a command has made of us, also on the next connection. */
  #renamed(nick: string | null): void {
    if (nick === null) return;
    const { user } = this.me.value;
    // To the server capitals make no other nick; a user's own keeps its spelling.
    const own = user?.nick.toLowerCase() === nick.toLowerCase() ? user.nick : nick;
    this.#nick = own;
    this.me.set({ nick: own, user });
    this.problem.set(null);
    this.outbox.retryAll("nick_required");
    for (const room of this.#rooms.values()) room.meet();
  }

  #notice(text: string): void {
    this.notices.set([...this.notices.value, text].slice(-NOTICES));
  }
}

/** Connect to a me-api; it goes on over every drop until `close`. */
export function connect(options: Options = {}): Client {
  return new ChatClient(options);
}

function lost(nick: string): Problem {
  const detail = `Somebody else is here as '${nick}' by now.`;
  return { status: 409, code: "nick_taken", title: "Conflict", detail, source: "nick" };
}
