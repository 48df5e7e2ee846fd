/** One namespace of the connection: who comes in, what is asked, and what is lost with it. */

import type { Manager, Socket } from "socket.io-client";
import { ApiError, Dropped } from "./errors.js";
import { isObject } from "./rest.js";
import type { Problem } from "./types.js";

export type Answer = Record<string, unknown> & { data: unknown };

/** What the owner of a link hears of it. */
export interface Hooks {
  /** What is known about who one is; the stock client adds its pid and offset. */
  auth(): Record<string, unknown>;
  connected(recovered: boolean): void;
  dropped(): void;
  /** The server does not let one in, and will not until something about `auth` changes. */
  refused(problem: Problem): void;
}

/** Milliseconds between two attempts where the server refuses only for now. */
const AGAIN = 1000;

export class Link {
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  #again: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;
  /** Whether a CONNECT is on its way, and whether it says what is not true any more. */
  #asking = false;
  #stale = false;
  /** Whether what arrives is of this session. */
  #inside = false;

  constructor(
    manager: Manager,
    namespace: string,
    private readonly hooks: Hooks,
  ) {
    this.#socket = manager.socket(namespace, { auth: (send) => send(this.#ask()) });
    this.#socket.on("connect", () => {
      if (this.#answered()) return;
      this.#inside = true;
      hooks.connected(this.#socket.recovered);
    });
    // What was asked of a connection that is gone is asked again of the next one, as who one is then.
    manager.on("close", () => {
      this.#asking = this.#stale = false;
    });
    this.#socket.on("disconnect", (reason) => this.#dropped(reason));
    this.#socket.on("connect_error", (error) => this.#failed(error as Error & { data?: unknown }));
    const usual = { delay: manager.reconnectionDelay(), jitter: manager.randomizationFactor() };
    this.on<{ retry_after: number }>("closing", (said) => obey(manager, said.retry_after, usual));
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /**
   * Hear an event. What the session before was still sent is kept by the stock client until the
   * next one has begun, and would be taken for its: it is not heard.
   */
  on<B>(event: string, heard: (body: B) => void): void {
    this.#socket.on(event, (body: B) => {
      if (this.#inside) heard(body);
    });
  }

  open(): void {
    this.#wanted = true;
    this.#connect();
  }

  close(): void {
    this.#wanted = false;
    this.#inside = false;
    clearTimeout(this.#again);
    this.#socket.disconnect();
  }

  /**
   * Come in anew, as whoever one is by now. A CONNECT that is on its way has to be answered first:
   * the server takes no second one, and what it says to it is not the answer to the first.
   */
  reopen(): void {
    if (this.#asking) {
      this.#stale = true;
      return;
    }
    this.close();
    this.open();
  }

  /**
   * Ask once. `take` is run with the answer before any later event of the connection is: behind a
   * promise it would come too late. Rejects with `ApiError`, or `Dropped` when no answer can come.
   */
  ask<R>(event: string, body: object, take: (answer: Answer) => R): Promise<R> {
    return new Promise((resolve, reject) => {
      if (!this.#socket.connected) return reject(new Dropped());
      const drop = () => reject(new Dropped());
      this.#waiting.add(drop);
      this.#socket.emit(event, body, (answer: unknown) => {
        this.#waiting.delete(drop);
        if (isObject(answer) && "data" in answer) resolve(take(answer as Answer));
        else reject(ApiError.of(answer));
      });
    });
  }

  #ask(): Record<string, unknown> {
    this.#asking = true;
    return this.hooks.auth();
  }

  /** Tell whether what was answered is of no use, since one is somebody else by now. */
  #answered(): boolean {
    const stale = this.#stale;
    this.#asking = this.#stale = false;
    if (stale) this.reopen();
    return stale;
  }

  #dropped(reason: string): void {
    this.#inside = false;
    // What the stock client kept to send later is asked again by whoever asked, if still wanted.
    this.#socket.sendBuffer.length = 0;
    for (const drop of this.#waiting) drop();
    this.#waiting.clear();
    this.hooks.dropped();
    if (reason === "io server disconnect") this.#retry(AGAIN);
  }

  /** The stock client goes on by itself after what the network did, not after a refusal. */
  #failed(error: Error & { data?: unknown }): void {
    if (this.#socket.active || this.#answered()) return;
    const problem = error.data as (Problem & { retry_after?: number }) | undefined;
    const final = problem !== undefined && problem.status < 500 && problem.status !== 429;
    if (final) this.hooks.refused(problem);
    else this.#retry((problem?.retry_after ?? 0) * 1000 || AGAIN);
  }

  #retry(milliseconds: number): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#connect(), milliseconds);
  }

  /** Connect; twice would be two CONNECT packets. */
  #connect(): void {
    if (this.#wanted && !this.#socket.active) this.#socket.connect();
  }
}

/** Come back when the server asks for it, which tells each client another time; then as usual. */
function obey(manager: Manager, seconds: number, usual: { delay: number; jitter: number }): void {
  manager.reconnectionDelay(seconds * 1000).randomizationFactor(0);
  manager.once("reconnect", () => {
    manager.reconnectionDelay(usual.delay).randomizationFactor(usual.jitter);
  });
}
