/** The connection to one Socket.IO namespace: authentication, events, and requests with acknowledgements. */

import type { Manager, Socket } from "socket.io-client";
import { connectAgainAfter } from "./ending.js";
import { ApiError, ConnectionLost } from "./errors.js";
import { isObject } from "./objects.js";
import type { Problem } from "./types.js";

export type Acknowledgement = Record<string, unknown> & { data: unknown };

export interface ConnectionListener {
  /** Return the `auth` payload of the next CONNECT packet; socket.io-client adds its pid and offset. */
  auth(): Record<string, unknown>;
  connected(recovered: boolean): void;
  disconnected(): void;
  /** The server refuses this `auth` payload. There is no further attempt before `reopen`, but for a ban. */
  refused(problem: Problem): void;
}

interface Ban {
  room: string | null;
  until: string | null;
  reason: string;
  text: string;
}

/** Milliseconds before the next attempt if the server does not name a time. */
const RETRY_DELAY = 1000;
/** What the server answers to every request with this token. */
export const TOKEN_CODES: readonly string[] = ["bad_token", "expired_token", "signed_out", "account_disabled"];

export class NamespaceConnection {
  readonly #socket: Socket;
  /** One function per request in flight, which rejects it. */
  readonly #inFlight = new Set<() => void>();
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #opened = false;
  /** Whether a CONNECT packet awaits its response, and whether its `auth` payload is outdated. */
  #connecting = false;
  #authOutdated = false;
  /** The ban from the site that the server has sent: it disconnects the client then. */
  #ban: Problem | null = null;
  /** Whether the events that arrive belong to the current session. */
  #inSession = false;

  constructor(
    manager: Manager,
    namespace: string,
    private readonly listener: ConnectionListener,
  ) {
    this.#socket = manager.socket(namespace, { auth: (send) => send(this.#auth()) });
    this.#socket.on("connect", () => {
      if (this.#reopenIfOutdated()) return;
      this.#inSession = true;
      this.#ban = null;
      listener.connected(this.#socket.recovered);
    });
    manager.on("close", () => {
      // A CONNECT packet on a lost connection gets no response; the next one has the current `auth`.
      this.#connecting = this.#authOutdated = false;
    });
    this.#socket.on("disconnect", (reason) => this.#disconnected(reason));
    this.#socket.on("connect_error", (error) => this.#refused(error as Error & { data?: unknown }));
    this.on<Ban>("banned", (ban) => {
      if (ban.room === null) this.#ban = bannedBy(ban);
    });
    const usual = { delay: manager.reconnectionDelay(), jitter: manager.randomizationFactor() };
    this.on<{ retry_after: number }>("closing", (body) => reconnectAfter(manager, body.retry_after, usual));
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /** Call `handler` for each event of the current session. */
  on<B>(event: string, handler: (body: B) => void): void {
    this.#socket.on(event, (body: B) => {
      // socket.io-client buffers what arrives after the end of a session and emits it when the next
      // one begins, before `connect`.
      if (this.#inSession) handler(body);
    });
  }

  open(): void {
    this.#opened = true;
    this.#connect();
  }

  close(): void {
    this.#opened = false;
    this.#inSession = false;
    clearTimeout(this.#retryTimer);
    this.#socket.disconnect();
  }

  /** Reconnect with the current `auth` payload, after the response to a pending CONNECT packet. */
  reopen(): void {
    // The server accepts no second CONNECT packet, and what it sends for that would be taken for
    // the response to the first.
    if (this.#connecting) {
      this.#authOutdated = true;
      return;
    }
    this.close();
    this.open();
  }

  /**
   * Send a request once and return what `handle` makes of its acknowledgement. `handle` runs before
   * the handlers of any later event; code after `await` would run too late. Rejects with `ApiError`,
   * or with `ConnectionLost` if there will be no acknowledgement.
   */
  request<R>(event: string, body: object, handle: (response: Acknowledgement) => R): Promise<R> {
    return new Promise((resolve, reject) => {
      if (!this.#socket.connected) return reject(new ConnectionLost());
      const abort = () => reject(new ConnectionLost());
      this.#inFlight.add(abort);
      this.#socket.emit(event, body, (response: unknown) => {
        this.#inFlight.delete(abort);
        if (isObject(response) && "data" in response) resolve(handle(response as Acknowledgement));
        else reject(this.#refusal(response));
      });
    });
  }

  #refusal(response: unknown): ApiError {
    const error = ApiError.of(response);
    // The token has ended since the connection was opened. The server refuses a new connection for
    // the same reason, which is handled like any refusal.
    if (TOKEN_CODES.includes(error.problem.code)) this.reopen();
    return error;
  }

  #auth(): Record<string, unknown> {
    this.#connecting = true;
    return this.listener.auth();
  }

  /** Reconnect if `auth` has changed since the CONNECT packet was sent. Returns whether it has. */
  #reopenIfOutdated(): boolean {
    const outdated = this.#authOutdated;
    this.#connecting = this.#authOutdated = false;
    if (outdated) this.reopen();
    return outdated;
  }

  #disconnected(reason: string): void {
    this.#inSession = false;
    // socket.io-client would send its buffer on the next connection; the callers repeat what matters.
    this.#socket.sendBuffer.length = 0;
    for (const abort of this.#inFlight) abort();
    this.#inFlight.clear();
    this.listener.disconnected();
    if (reason !== "io server disconnect") return;
    if (this.#ban) this.#refuse(this.#ban);
    else this.#retryAfter(RETRY_DELAY);
  }

  #refused(error: Error & { data?: unknown }): void {
    // socket.io-client retries after a network failure (then it is `active`), but not after a refusal.
    if (this.#socket.active || this.#reopenIfOutdated()) return;
    const problem = error.data as Problem | undefined;
    const final = problem !== undefined && problem.status < 500 && problem.status !== 429;
    if (!final) return this.#retryAfter((problem?.retry_after ?? 0) * 1000 || RETRY_DELAY);
    this.#refuse(problem);
  }

  #refuse(problem: Problem): void {
    this.listener.refused(problem);
    const wait = connectAgainAfter(problem);
    if (wait !== null) this.#retryAfter(wait);
  }

  #retryAfter(milliseconds: number): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), milliseconds);
  }

  #connect(): void {
    // A second call of `connect` would send a second CONNECT packet.
    if (this.#opened && !this.#socket.active) this.#socket.connect();
  }
}

/** Return a ban as the refusal of the next connection would be. */
function bannedBy({ text, room, until, reason }: Ban): Problem {
  return { status: 403, code: "banned", title: "Forbidden", detail: text, room, until, reason };
}

/** Use the delay that the server has assigned for the next reconnect, without jitter, then the usual one. */
function reconnectAfter(manager: Manager, seconds: number, usual: { delay: number; jitter: number }): void {
  // No jitter: the server assigns each client a different delay.
  manager.reconnectionDelay(seconds * 1000).randomizationFactor(0);
  manager.once("reconnect", () => {
    manager.reconnectionDelay(usual.delay).randomizationFactor(usual.jitter);
  });
}
