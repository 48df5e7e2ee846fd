/** The client: one connection, its rooms, the outbox, and the identity. */

import { Manager } from "socket.io-client";
import { newNick } from "./commands.js";
import { NamespaceConnection, TOKEN_CODES } from "./connection.js";
import type { ClientContext } from "./context.js";
import { delay } from "./delay.js";
import { ApiError, ConnectionLost, localError } from "./errors.js";
import { ConnectionGate } from "./gate.js";
import { Outbox } from "./outbox.js";
import { LivePresentation } from "./presentation.js";
import { Reports } from "./reports.js";
import { isObject } from "./objects.js";
import { ChatRoom, type MemberJoined, type MemberLeft } from "./room.js";
import { browserStorage } from "./safe-storage.js";
import { ClientStorage, type OutboxEntry } from "./storage.js";
import { Writable } from "./store.js";
import type { Client, Me, Message, Options, Problem, Room, Status } from "./types.js";

/** The number of notices that are retained. */
const MAX_NOTICES = 100;

interface ReadyEvent extends Me {
  rev: number;
  epoch: string;
  rooms: string[];
}

interface RoomEvent {
  room: string;
}

interface TypingEvent {
  nick: string;
}

interface NoticeEvent {
  text: string;
  errors?: Problem[];
}

export class ChatClient implements Client, ClientContext {
  readonly status = new Writable<Status>("connecting");
  readonly me = new Writable<Me>({ nick: null, user: null });
  readonly problem = new Writable<Problem | null>(null);
  readonly notices = new Writable<readonly string[]>([]);
  readonly roomChanges = new Writable(0);
  readonly reports: Reports;
  readonly presentation: LivePresentation;
  readonly connection: NamespaceConnection;
  readonly outbox: Outbox;
  readonly #storage: ClientStorage;
  readonly #rooms = new Map<string, ChatRoom>();
  readonly #gate = new ConnectionGate();
  #nick: string | null;
  #token: string | null;
  #epoch: string | null = null;
  #position = 0;
  #ready = false;
  /** Whether the connection is that of the current nick and token. */
  #identified = false;

  constructor(options: Options) {
    const address = (options.url ?? globalThis.location.origin).replace(/\/+$/, "");
    const manager = new Manager(address, {
      autoConnect: false,
      rememberUpgrade: true,
      // Shorter than socket.io-client's second: where there are several nodes, another one is ready.
      reconnectionDelay: options.reconnectionDelay ?? 300,
      ...(options.transports ? { transports: options.transports } : {}),
    });
    this.#nick = options.nick ?? null;
    this.#token = options.token ?? null;
    this.#storage = new ClientStorage(address, options.storage === undefined ? browserStorage() : options.storage);
    this.outbox = new Outbox(this.#storage, {
      post: (entry, handle) => this.#post(entry, handle),
      sender: () => this.#sender(),
      canSend: (room) => this.#ready && !this.#rooms.get(room)?.subscription.joining,
      replacesPending: (room, id) => this.#rooms.get(room)?.replacesPending(id) ?? true,
      pendingChanged: (room) => this.#rooms.get(room)?.pendingChanged(),
    });
    this.reports = new Reports(manager);
    this.presentation = new LivePresentation(manager);
    this.connection = new NamespaceConnection(manager, "/chat", {
      auth: () => this.#auth(),
      connected: (recovered) => this.#onConnected(recovered),
      disconnected: () => this.#onDisconnected(),
      refused: (problem) => this.#onRefused(problem),
    });
    this.#listen();
    this.connection.open();
  }

  room(name: string): Room {
    const room = this.#rooms.get(name) ?? new ChatRoom(name, this);
    this.#rooms.set(name, room);
    return room;
  }

  identify({ nick, token }: { nick?: string | null; token?: string | null }): void {
    if (nick !== undefined) this.#nick = nick;
    if (token !== undefined) this.#token = token;
    // What still arrives about the user is about the previous one.
    this.#identified = false;
    // Wait for the post in flight: idempotency keys are per sender, so that a retry under another
    // identity would store it twice.
    void this.outbox.pause().then(() => this.#reconnect());
  }

  close(): void {
    this.status.set("closed");
    this.#gate.fail(closedError());
    this.reports.close();
    this.presentation.close();
    this.connection.close();
  }

  identity(): Me {
    return this.me.value;
  }

  isReady(): boolean {
    return this.#ready;
  }

  updateStatus(): void {
    const caughtUp = [...this.#rooms.values()].every((room) => !room.subscription.joining);
    if (this.#ready && caughtUp) this.status.set("live");
    this.outbox.flush();
  }

  request: NamespaceConnection["request"] = async (event, body, handle) => {
    for (;;) {
      if (!this.#ready) await this.#gate.wait(this.#terminalError());
      try {
        return await this.connection.request(event, body, handle);
      } catch (error) {
        if (error instanceof ApiError && error.retryable) await delay((error.retryAfter ?? 1) * 1000);
        else if (!(error instanceof ConnectionLost)) throw error;
      }
    }
  };

  #listen(): void {
    this.connection.on<ReadyEvent>("ready", (event) => this.#onReady(event));
    this.connection.on<Message>("message", (message) => this.#onMessage(message));
    this.connection.on<RoomEvent & MemberJoined>("joined", (event) => this.#rooms.get(event.room)?.memberJoined(event));
    this.connection.on<RoomEvent & MemberLeft>("left", (event) => this.#rooms.get(event.room)?.memberLeft(event));
    this.connection.on<RoomEvent & TypingEvent>("typing", ({ room, nick }) => this.#rooms.get(room)?.typingStarted(nick));
    this.connection.on<Me>("user", (event) => this.#onUser(event));
    this.connection.on<NoticeEvent>("notice", (event) => this.#onServerNotice(event));
    this.connection.on<{ text: string }>("banned", ({ text }) => this.#onNotice(text));
    this.connection.on("room", () => this.roomChanges.set(this.roomChanges.value + 1));
  }

  #onMessage(message: Message): void {
    this.#position = Math.max(this.#position, message.rev);
    this.#rooms.get(message.room)?.messageReceived(message);
  }

  #onConnected(recovered: boolean): void {
    this.status.set("catching-up");
    for (const room of this.#rooms.values()) room.subscription.connected(recovered);
  }

  /** Catch up after `ready`, which follows the replay of a recovered session. */
  #onReady({ nick, user, rev, epoch, rooms }: ReadyEvent): void {
    this.#ready = this.#identified = true;
    this.#position = epoch === this.#epoch ? Math.max(this.#position, rev) : rev;
    this.#epoch = epoch;
    this.me.set({ nick, user });
    this.problem.set(nick === null && this.#nick !== null ? nickTaken(this.#nick) : null);
    for (const name of rooms) this.room(name);
    for (const [name, room] of this.#rooms) void room.subscription.resume(rooms.includes(name));
    if (nick !== null) this.outbox.retryAll("nick_required");
    if (user !== null) for (const code of TOKEN_CODES) this.outbox.retryAll(code, this.#sender().as);
    this.outbox.refuse(null);
    this.outbox.resume();
    this.#gate.open();
    this.updateStatus();
  }

  #onDisconnected(): void {
    this.#ready = false;
    void this.outbox.pause();
    for (const room of this.#rooms.values()) room.disconnected();
    if (this.status.value !== "closed") this.status.set("reconnecting");
  }

  #onRefused(problem: Problem): void {
    this.problem.set(problem);
    this.status.set("refused");
    this.#gate.fail(new ApiError([problem]));
    if (problem.code === "banned") this.outbox.refuse(problem);
  }

  #reconnect(): void {
    if (this.status.value === "closed") return;
    this.problem.set(null);
    this.outbox.refuse(null);
    this.connection.reopen();
    this.status.set(this.#epoch === null ? "connecting" : "reconnecting");
  }

  /** Return why there will be no connection, or null if there may be. */
  #terminalError(): ApiError | null {
    if (this.status.value === "closed") return closedError();
    return this.status.value === "refused" && this.problem.value ? new ApiError([this.problem.value]) : null;
  }

  #auth(): Record<string, unknown> {
    const credentials = this.#token === null ? { guest: this.#storage.guestSecret() } : { token: this.#token };
    return this.#nick === null ? credentials : { ...credentials, nick: this.#nick };
  }

  #sender(): { as: string; epoch: string | null; position: number } {
    const { user } = this.me.value;
    return { as: user ? `user:${user.email || user.nick}` : "guest", epoch: this.#epoch, position: this.#position };
  }

  #post({ room, text, key }: OutboxEntry, handle: (stored: Message | null) => void): Promise<void> {
    return this.connection.request("post", { room, text, key }, ({ data }) => {
      const stored = isObject(data) && "rev" in data ? (data as unknown as Message) : null;
      if (stored) this.#rooms.get(room)?.messageStored(stored);
      else this.#adoptNick(newNick(text));
      // The output of a command is ignored here: it arrives as the event `notice`, too.
      handle(stored);
    });
  }

  /** Use the nick that a `/nick` command has set, on this connection and on later ones. */
  #adoptNick(nick: string | null): void {
    if (nick === null || !this.#identified) return;
    const { user } = this.me.value;
    // The server compares nicks without case and keeps the spelling of a registered user's nick.
    const adopted = user?.nick.toLowerCase() === nick.toLowerCase() ? user.nick : nick;
    this.#nick = adopted;
    this.me.set({ nick: adopted, user });
    this.problem.set(null);
    this.outbox.retryAll("nick_required");
    for (const room of this.#rooms.values()) room.refreshMembers();
  }

  #onUser({ nick, user }: Me): void {
    if (!this.#identified) return;
    const renamed = nick !== this.me.value.nick;
    this.me.set({ nick, user });
    // `joined` and `left` are about others.
    if (renamed) for (const room of this.#rooms.values()) room.refreshMembers();
  }

  /** A token that has ended is a problem, though what guests may read goes on. */
  #onServerNotice({ text, errors = [] }: NoticeEvent): void {
    const ended = errors.find(({ code }) => TOKEN_CODES.includes(code));
    if (ended) this.problem.set(ended);
    else this.#onNotice(text);
  }

  #onNotice(text: string): void {
    this.notices.set([...this.notices.value, text].slice(-MAX_NOTICES));
  }
}

/** Connect to a me-api. The client reconnects after each lost connection, until `close`. */
export function connect(options: Options = {}): Client {
  return new ChatClient(options);
}

function closedError(): ApiError {
  return localError(0, "closed", "Closed", "The client was closed.");
}

function nickTaken(nick: string): Problem {
  const detail = `Somebody else is here as '${nick}' by now.`;
  return { status: 409, code: "nick_taken", title: "Conflict", detail, source: "nick" };
}
