/** The public types. Objects of the protocol are as described in docs/protocol.md. */

export interface Message {
  room: string;
  id: number;
  rev: number;
  nick: string;
  verified: boolean;
  /** Null if the message is deleted. */
  text: string | null;
  time: string;
  edited: string | null;
  deleted: boolean;
  payload?: unknown;
}

export interface Member {
  nick: string;
  verified: boolean;
}

export interface Report {
  week: number;
  title: string;
  /** The text as Markdown source. */
  text: string;
  /** The text as HTML, rendered and sanitised by the server: insert it unchanged. */
  html: string;
  author: string;
  created: string;
  updated: string;
  rev: number;
}

/** Who the site is about, as its owner has written it. */
export interface Presentation {
  name: string;
  headline: string | null;
  /** The text as Markdown source. */
  text: string;
  /** The text as HTML, rendered and sanitised by the server: insert it unchanged. */
  html: string;
  links: { title: string; url: string }[];
  /** An address that begins with `https://`. */
  picture: string | null;
  updated: string;
  rev: number;
}

export interface User {
  email: string;
  nick: string;
  role: "owner" | "moderator" | "member";
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  source?: string;
  /** How many seconds to wait before a retry. */
  retry_after?: number;
  /** Of a ban: from which room, or null for the whole site. */
  room?: string | null;
  /** Of a ban: when it ends, or null if that is not known. */
  until?: string | null;
  /** Of a ban: why, in the words of the moderator; may be empty. */
  reason?: string;
}

/**
 * - `connecting`: the first connection is not established yet.
 * - `catching-up`: connected; missed changes are being received.
 * - `refused`: the server refuses the identity, see `problem`. Final until `identify`, but for a ban,
 *   after which the client connects by itself.
 */
export type Status =
  | "connecting"
  | "live"
  | "reconnecting"
  | "catching-up"
  | "refused"
  | "closed";

/** A post of this client that is not acknowledged yet, or was refused. */
export interface Pending {
  readonly key: string;
  readonly room: string;
  readonly text: string;
  readonly time: string;
  readonly state: "queued" | "sending" | "failed";
  readonly problem: Problem | null;
}

/**
 * An observable value that follows Svelte's store contract: `subscribe` calls `run` immediately and
 * after each change, and returns a function that ends the subscription. Values are immutable: each
 * change is a new value. Changes of one turn of the event loop are reported together, after it.
 */
export interface Readable<T> {
  readonly value: T;
  subscribe(run: (value: T) => void): () => void;
}

export interface Options {
  /** The server's address. Default: the origin of the page. */
  url?: string | undefined;
  /** Required to post, unless there is a token. */
  nick?: string | null | undefined;
  token?: string | null | undefined;
  /** The storage of the guest secret and the outbox. Default: localStorage. Null: memory. */
  storage?: Storage | null | undefined;
  /** The transports of socket.io-client. Default: polling, then WebSocket. */
  transports?: string[] | undefined;
  /** The approximate delay before the first attempt to reconnect, in milliseconds. Default: 300. */
  reconnectionDelay?: number | undefined;
}

export interface Me {
  nick: string | null;
  user: User | null;
}

export interface Client {
  readonly status: Readable<Status>;
  /** The identity that the server has confirmed. */
  readonly me: Readable<Me>;
  /** Why the server refused the identity (`nick_taken`, …) or reconnected the client without its nick. */
  readonly problem: Readable<Problem | null>;
  /** The last hundred notices of the server, such as the output of commands. */
  readonly notices: Readable<readonly string[]>;
  /** How often a joined room has been renamed, archived, opened, closed or deleted: reload the list of rooms. */
  readonly roomChanges: Readable<number>;
  readonly reports: ReportsFeed;
  readonly presentation: PresentationFeed;
  /** Return the room of this name; always the same object. */
  room(name: string): Room;
  /** Reconnect with another nick or token. Rooms and outbox are kept. */
  identify(identity: { nick?: string | null; token?: string | null }): void;
  close(): void;
}

export interface Room {
  readonly name: string;
  /** The loaded messages by id, ascending, without gaps. Deleted ones remain as tombstones. */
  readonly messages: Readable<ReadonlyMap<number, Message>>;
  /** The posts of this room in the outbox, in order. */
  readonly pending: Readable<readonly Pending[]>;
  readonly members: Readable<readonly Member[]>;
  /** The nicks of the members who are typing; each expires after some seconds. */
  readonly typing: Readable<readonly string[]>;
  readonly joined: Readable<boolean>;
  /**
   * Why the server refuses that this client joins the room, or has removed it (`room_deleted`,
   * `members_only`, `banned`, …). The client joins by itself when a ban has ended, the room has been
   * opened, or there is such a room.
   */
  readonly problem: Readable<Problem | null>;
  readonly hasOlder: Readable<boolean>;
  /** What `loadAround` has loaded far from the newest messages, until it meets them or `closeSegment`; or null. */
  readonly segment: Readable<Segment | null>;
  /** Join the room, now and after each reconnect. Resolves when its messages are loaded. */
  join(): Promise<void>;
  /** Leave the room and discard its loaded messages. */
  leave(): Promise<void>;
  /** Show a post immediately and send it until it is acknowledged, across reconnects and reloads. */
  post(text: string): Pending;
  /** Send a failed post again. */
  retry(key: string): void;
  /** Remove a post from the outbox. If it is in flight, it may be stored nevertheless. */
  discard(key: string): void;
  edit(id: number, text: string): Promise<Message>;
  delete(id: number): Promise<Message>;
  /** Load older messages. Resolves when they are in `messages`. */
  loadOlder(count?: number): Promise<void>;
  /**
   * Join the room, and load the messages around one: they are in `messages` if nothing is missing
   * between, otherwise in `segment`. Returns whether the room has this message.
   */
  loadAround(id: number): Promise<boolean>;
  /** Discard the segment, and show the newest messages again. */
  closeSegment(): void;
  /** Remove the loaded messages before the `first_id` of the room: its retention has removed them. */
  dropBefore(first: number): void;
  /** Report that the user is typing. Call it on each keystroke; it is rate-limited. */
  sendTyping(): void;
}

/** Messages of a room far back in its history, kept in sync as those of the room are. */
export interface Segment {
  /** By id, ascending, without gaps. */
  readonly messages: Readable<ReadonlyMap<number, Message>>;
  readonly hasOlder: Readable<boolean>;
  loadOlder(count?: number): Promise<void>;
  /** Load newer messages. When they meet those of the room, all are there, and the room has no segment. */
  loadNewer(count?: number): Promise<void>;
}

/** A message that a search has found. */
export interface SearchHit extends Message {
  /** The part of the text that shows why. */
  excerpt: { text: string; match: boolean }[];
}

export interface ReportsFeed {
  /** The reports by week, ascending, without deleted ones. */
  readonly reports: Readable<ReadonlyMap<number, Report>>;
  readonly live: Readable<boolean>;
  /** Subscribe to the reports. Resolves when they are loaded. */
  open(): Promise<void>;
  close(): void;
}

export interface PresentationFeed {
  /** Null until the owner has written it. */
  readonly presentation: Readable<Presentation | null>;
  /** The nick of the first owner, or null; undefined until it is known. */
  readonly author: Readable<string | null | undefined>;
  readonly live: Readable<boolean>;
  /** Subscribe to the presentation. Resolves when it is loaded. */
  open(): Promise<void>;
  close(): void;
}
