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

  constructor(
    manager: Manager,
    namespace: string,
    private readonly hooks: Hooks,
  ) {
    this.#socket = manager.socket(namespace, { auth: (send) => send(hooks.auth()) });
    this.#socket.on("connect", () => hooks.connected(this.#socket.recovered));
    this.#socket.on("disconnect", (reason) => this.#dropped(reason));
    this.#socket.on("connect_error", (error) => this.#failed(error as Error & { data?: unknown }));
    const usual = { delay: manager.reconnectionDelay(), jitter: manager.randomizationFactor() };
    this.on<{ retry_after: number }>("closing", (said) => obey(manager, said.retry_after, usual));
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  on<B>(event: string, heard: (body: B) => void): void {
    this.#socket.on(event, heard);
  }

  open(): void {
    this.#wanted = true;
    this.#connect();
  }

  close(): void {
    this.#wanted = false;
    clearTimeout(this.#again);
    this.#socket.disconnect();
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

  #dropped(reason: string): void {
    // What the stock client kept to send later is asked again by whoever asked, if still wanted.
    this.#socket.sendBuffer.length = 0;
    for (const drop of this.#waiting) drop();
    this.#waiting.clear();
    this.hooks.dropped();
    if (reason === "io server disconnect") this.#retry(AGAIN);
  }

  /** The stock client goes on by itself after what the network did, not after a refusal. */
  #failed(error: Error & { data?: unknown }): void {
    if (this.#socket.active) return;
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
