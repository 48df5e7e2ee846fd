/** What the library shows and takes. The wire's own objects are as in docs/protocol.md. */

export interface Message {
  room: string;
  id: number;
  rev: number;
  nick: string;
  verified: boolean;
  /** Null when deleted. */
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
  /** Markdown. */
  text: string;
  /** The text, rendered and sanitised by the server: show it as it is. */
  html: string;
  author: string;
  created: string;
  updated: string;
  rev: number;
}

export interface User {
  email: string;
  nick: string;
  role: "owner" | "member";
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  source?: string;
}

/**
 * `connecting`: for the first time. `catching-up`: connected, and what was missed is on its way.
 * `refused`: as `problem` says; it stays so until `identify`.
 */
export type Status =
  | "connecting"
  | "live"
  | "reconnecting"
  | "catching-up"
  | "refused"
  | "closed";

/** A message that was written here and is not acknowledged yet, or was refused. */
export interface Pending {
  readonly key: string;
  readonly room: string;
  readonly text: string;
  readonly time: string;
  readonly state: "queued" | "sending" | "failed";
  readonly problem: Problem | null;
}

/**
 * A value that can be watched: the contract of Svelte's stores. `subscribe` calls at once with the
 * value and gives the end of it. Values are never changed in place: each change is a new one. What
 * changes in one turn is told once, when all of it is done.
 */
export interface Readable<T> {
  readonly value: T;
  subscribe(run: (value: T) => void): () => void;
}

export interface Options {
  /** The server's address; in a browser by default the page's own. */
  url?: string | undefined;
  /** Without a nick (and a token) one may read. */
  nick?: string | null | undefined;
  token?: string | null | undefined;
  /** Where the guest's secret and the outbox are kept: by default localStorage; null keeps them in memory. */
  storage?: Storage | null | undefined;
  /** As socket.io-client's; by default polling, then WebSocket. */
  transports?: string[] | undefined;
  /** Milliseconds, about, before the first attempt to come back; by default 1000. */
  reconnectionDelay?: number | undefined;
}

export interface Me {
  nick: string | null;
  user: User | null;
}

export interface Client {
  readonly status: Readable<Status>;
  readonly me: Readable<Me>;
  /** Why one was refused (nick_taken, …), or came back without the nick. */
  readonly problem: Readable<Problem | null>;
  /** What the server told, such as answers to commands; the last hundred. */
  readonly notices: Readable<readonly string[]>;
  readonly reports: ReportsFeed;
  /** The room of this name; the same object each time. */
  room(name: string): Room;
  /** Go on as somebody else (a new nick, a token after login); rooms and outbox stay. */
  identify(who: { nick?: string | null; token?: string | null }): void;
  close(): void;
}

export interface Room {
  readonly name: string;
  /** By id, ascending, without holes from the oldest loaded to the newest; deleted ones are tombstones. */
  readonly messages: Readable<ReadonlyMap<number, Message>>;
  /** This room's part of the outbox, in order. */
  readonly pending: Readable<readonly Pending[]>;
  readonly members: Readable<readonly Member[]>;
  /** The nicks of others who are writing; ends by itself. */
  readonly typing: Readable<readonly string[]>;
  readonly joined: Readable<boolean>;
  readonly hasOlder: Readable<boolean>;
  /** Be in the room, from now on over every drop; fulfilled when its messages are here. */
  join(): Promise<void>;
  /** Leave, and forget what was loaded. */
  leave(): Promise<void>;
  /** Show at once, store once: it survives drops and reloads. */
  post(text: string): Pending;
  retry(key: string): void;
  discard(key: string): void;
  edit(id: number, text: string): Promise<Message>;
  delete(id: number): Promise<Message>;
  loadOlder(count?: number): Promise<void>;
  /** Let the others see that one is writing; call it at each key, it is sent now and then. */
  sendTyping(): void;
}

export interface ReportsFeed {
  /** By week, ascending; deleted ones are not there. */
  readonly reports: Readable<ReadonlyMap<number, Report>>;
  readonly live: Readable<boolean>;
  /** Follow the reports from now on; fulfilled when they are here. */
  open(): Promise<void>;
  close(): void;
}
