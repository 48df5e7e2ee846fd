/** A client as in a browser page: with a storage, and a network connection that can fail. */

import { expect } from "vitest";
import { type Client, type Message, type Options, type Room, connect } from "../../../src/lib/index.js";
import { Proxy } from "./proxy.js";
import type { Server } from "./server.js";
import { MemoryStorage } from "./storage.js";
import { waitForValue, waitUntil, withTimeout } from "./wait.js";

export class TestClient {
  readonly storage: Storage;
  client!: Client;

  private constructor(
    readonly server: Server,
    readonly proxy: Proxy,
    private readonly options: Options,
  ) {
    this.storage = options.storage ?? new MemoryStorage();
    this.connect();
  }

  static async create(server: Server, options: Options, proxy?: Proxy): Promise<TestClient> {
    return new TestClient(server, proxy ?? (await Proxy.to(server.port)), { reconnectionDelay: 20, ...options });
  }

  connect(): void {
    const { storage, proxy } = this;
    this.client = connect({ ...this.options, url: proxy.url, storage });
  }

  room(name = "lobby"): Room {
    return this.client.room(name);
  }

  /** Join a room and return it. */
  async join(name = "lobby"): Promise<Room> {
    await withTimeout(this.room(name).join(), `${this.options.nick} to join ${name}`);
    return this.room(name);
  }

  goOffline(): void {
    this.proxy.refuseConnections = true;
    this.proxy.resetConnections();
  }

  goOnline(): void {
    this.proxy.refuseConnections = false;
  }

  /** Reload the page: the connection is reset, and a new client starts with the same storage. */
  reload(): void {
    this.proxy.resetConnections();
    this.client.close();
    this.connect();
  }

  async waitLive(): Promise<void> {
    await waitForValue(this.client.status, (status) => status === "live", `${this.options.nick} to be live`);
  }

  async waitOffline(): Promise<void> {
    await waitForValue(this.client.status, (status) => status === "reconnecting", `${this.options.nick} to be offline`);
  }

  /** Wait until all posts to a room are acknowledged. */
  async waitPosted(name = "lobby"): Promise<void> {
    await waitForValue(this.room(name).pending, (pending) => pending.length === 0, "all posts to be acknowledged");
  }

  /** Wait until the room equals what REST returns. */
  async expectInSync(name = "lobby"): Promise<void> {
    await this.waitLive();
    const history = await this.server.history<Message>(name);
    const loaded = () => [...this.room(name).messages.value.values()];
    const expected = () => history.slice(history.length - loaded().length);
    const equal = () =>
      loaded().length > 0 === history.length > 0 && JSON.stringify(loaded()) === JSON.stringify(expected());
    await waitUntil(equal, "the messages of REST").catch(() => expect(loaded()).toEqual(expected()));
    expect(this.room(name).hasOlder.value).toBe(loaded().length < history.length);
  }

  close(): void {
    this.client.close();
    this.proxy.close();
  }
}

export function texts(room: Room): (string | null)[] {
  return [...room.messages.value.values()].map(({ text }) => text);
}
