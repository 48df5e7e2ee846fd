/** Somebody with a browser: a storage, a line that can be cut, and the client in the page. */

import { expect } from "vitest";
import { type Client, type Message, type Options, type Room, connect } from "../../../src/lib/index.js";
import { Proxy } from "./proxy.js";
import type { Server } from "./server.js";
import { MemoryStorage } from "./storage.js";
import { until, value, within } from "./wait.js";

export class Actor {
  readonly storage: Storage;
  client!: Client;

  private constructor(
    readonly server: Server,
    readonly proxy: Proxy,
    private readonly options: Options,
  ) {
    this.storage = options.storage ?? new MemoryStorage();
    this.open();
  }

  static async on(server: Server, options: Options, line?: Proxy): Promise<Actor> {
    return new Actor(server, line ?? (await Proxy.to(server.port)), { reconnectionDelay: 20, ...options });
  }

  open(): void {
    const { storage, proxy } = this;
    this.client = connect({ ...this.options, url: proxy.url, storage });
  }

  room(name = "lobby"): Room {
    return this.client.room(name);
  }

  async joined(name = "lobby"): Promise<Room> {
    await within(this.room(name).join(), `${this.options.nick} being in ${name}`);
    return this.room(name);
  }

  goOffline(): void {
    this.proxy.refuse = true;
    this.proxy.cut();
  }

  goOnline(): void {
    this.proxy.refuse = false;
  }

  /** The page is gone without a goodbye, and is there again. */
  reload(): void {
    this.proxy.cut();
    this.client.close();
    this.open();
  }

  async live(): Promise<void> {
    await value(this.client.status, (status) => status === "live", `${this.options.nick} being live`);
  }

  async away(): Promise<void> {
    await value(this.client.status, (status) => status === "reconnecting", `${this.options.nick} being away`);
  }

  /** Wait until all that was written here is answered. */
  async posted(name = "lobby"): Promise<void> {
    await value(this.room(name).pending, (pending) => pending.length === 0, "all being posted");
  }

  /** What the room holds becomes what REST returns, and stays that. */
  async agrees(name = "lobby"): Promise<void> {
    await this.live();
    const truth = await this.server.history<Message>(name);
    const held = () => [...this.room(name).messages.value.values()];
    const from = () => truth.slice(truth.length - held().length);
    const same = () => held().length > 0 === truth.length > 0 && JSON.stringify(held()) === JSON.stringify(from());
    await until(same, "the same as REST").catch(() => expect(held()).toEqual(from()));
    expect(this.room(name).hasOlder.value).toBe(held().length < truth.length);
  }

  close(): void {
    this.client.close();
    this.proxy.close();
  }
}

export function texts(room: Room): (string | null)[] {
  return [...room.messages.value.values()].map(({ text }) => text);
}
