/** A feed that everybody may read: on each connection what was missed is requested, then changes are received. */

import type { Manager } from "socket.io-client";
import { type Acknowledgement, NamespaceConnection } from "./connection.js";
import { Deferred } from "./deferred.js";
import { delay } from "./delay.js";
import { ApiError, ConnectionLost } from "./errors.js";
import { Writable } from "./store.js";

export abstract class PublicFeed<Change> {
  readonly live = new Writable(false);
  protected readonly connection: NamespaceConnection;
  #opened: Deferred | null = null;

  constructor(manager: Manager, namespace: string, event: string) {
    this.connection = new NamespaceConnection(manager, namespace, {
      // The feed is public, so that there is nothing to authenticate.
      auth: () => ({}),
      connected: (recovered) => this.connected(recovered),
      disconnected: () => this.live.set(false),
      refused: () => this.live.set(false),
    });
    this.connection.on("ready", () => void this.#catchUp());
    this.connection.on(event, (change: Change) => this.receive(change));
  }

  open(): Promise<void> {
    this.#opened ??= new Deferred();
    this.connection.open();
    return this.#opened.promise;
  }

  close(): void {
    this.connection.close();
    this.live.set(false);
  }

  /** Called on each connection, before what was missed is requested. */
  protected connected(_recovered: boolean): void {
    // By default nothing is left of the connection before.
  }

  /** Return how long to wait after a refusal, in milliseconds. */
  protected refused(error: ApiError): number {
    return (error.retryAfter ?? 1) * 1000;
  }

  /** Called with each change that is sent. */
  protected abstract receive(change: Change): void;
  /** Return whether nothing is missed any longer. */
  protected abstract isComplete(): boolean;
  /** Return which changes to request next. */
  protected abstract place(): object;
  /** Called with each page of changes, before any later event. */
  protected abstract add(page: Acknowledgement): void;

  async #catchUp(): Promise<void> {
    try {
      while (!this.isComplete()) await this.#request();
      this.live.set(this.connection.connected);
      this.#opened?.resolve();
    } catch (error) {
      // The next connection starts this again.
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }

  async #request(): Promise<void> {
    try {
      await this.connection.request("changes", this.place(), (page) => this.add(page));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await delay(this.refused(error));
    }
  }
}
