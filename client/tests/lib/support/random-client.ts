/** A client on which a property test performs random actions of a user, a browser and a network. */

import { ApiError, type Message } from "../../../src/lib/index.js";
import { DisplayChecker, originalText } from "./display-checker.js";
import type { TestClient } from "./test-client.js";

export interface Action {
  type: "post" | "edit" | "delete" | "reset" | "offline" | "online" | "reload" | "drop" | "wait" | "leave" | "join";
  /** The index of the room. */
  room?: number;
  /** Selects one of the client's own messages. */
  pick?: number;
}

export class RandomClient {
  readonly #posted: ReadonlyMap<string, Set<string>>;
  /** The texts of the messages that this client has tried to delete, by room and id. */
  readonly #deletedById = new Map<string, string>();
  readonly #deleted = new Set<string>();
  #checkers: DisplayChecker[] = [];
  readonly violations: string[] = [];

  private constructor(
    readonly testClient: TestClient,
    private readonly number: number,
    private readonly rooms: readonly string[],
  ) {
    this.#posted = new Map(rooms.map((name) => [name, new Set()]));
  }

  static async create(testClient: TestClient, number: number, rooms: readonly string[]): Promise<RandomClient> {
    const client = new RandomClient(testClient, number, rooms);
    client.#startCheckers();
    await client.#joinAll();
    return client;
  }

  async perform({ type, room: index = 0, pick = 0 }: Action): Promise<void> {
    const name = this.rooms[index] ?? "";
    const room = this.testClient.room(name);
    const { proxy } = this.testClient;
    if (type === "post") this.#post(name);
    else if (type === "edit" || type === "delete") this.#change(type, name, pick);
    else if (type === "reset") proxy.resetConnections();
    else if (type === "offline") this.testClient.goOffline();
    else if (type === "online") this.#goOnline();
    else if (type === "drop") proxy.dropResponses = true;
    else if (type === "reload") this.#reload();
    else if (type === "leave") this.#ignoreExpected(room.leave());
    else if (type === "join") this.#ignoreExpected(room.join());
    else await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Reconnect, join all rooms, and wait until all posts are acknowledged. */
  async finish(): Promise<void> {
    this.#goOnline();
    await this.#joinAll();
    for (const name of this.rooms) await this.testClient.waitPosted(name);
    this.#stopCheckers();
  }

  /** Return the texts that this client has posted to a room, in order. */
  posted(name: string): string[] {
    return [...this.#postedTo(name)];
  }

  #postedTo(name: string): Set<string> {
    return this.#posted.get(name) ?? new Set();
  }

  /** Return the texts of this client in a room's history, in order and as they were posted. */
  stored(name: string, history: readonly Message[]): string[] {
    const own = history.filter(({ nick }) => nick === this.testClient.client.me.value.nick);
    return own.map(({ id, text }) => originalText(text) ?? this.#deletedById.get(`${name}/${id}`) ?? "?");
  }

  #goOnline(): void {
    if (this.testClient.proxy.dropResponses) this.testClient.proxy.resetConnections();
    this.testClient.proxy.dropResponses = false;
    this.testClient.goOnline();
  }

  async #joinAll(): Promise<void> {
    for (const name of this.rooms) await this.testClient.join(name);
  }

  #post(name: string): void {
    const text = `${this.number}.${name}.${this.#postedTo(name).size}`;
    this.testClient.room(name).post(text);
    this.#postedTo(name).add(text);
  }

  #change(type: "edit" | "delete", name: string, pick: number): void {
    const room = this.testClient.room(name);
    const all = [...room.messages.value.values()];
    const own = all.filter(({ nick, deleted }) => !deleted && nick === this.testClient.client.me.value.nick);
    const target = own[pick % (own.length || 1)];
    if (!target) return;
    const text = originalText(target.text) ?? "?";
    if (type === "edit") return this.#ignoreExpected(room.edit(target.id, `${text}|${pick}`));
    this.#deleted.add(text);
    this.#deletedById.set(`${name}/${target.id}`, text);
    this.#ignoreExpected(room.delete(target.id));
  }

  #reload(): void {
    this.#stopCheckers();
    this.testClient.reload();
    this.#startCheckers();
    for (const name of this.rooms) this.#ignoreExpected(this.testClient.room(name).join());
  }

  #startCheckers(): void {
    this.#checkers = this.rooms.map(
      (name) => new DisplayChecker(this.testClient.room(name), this.#postedTo(name), this.#deleted),
    );
  }

  #stopCheckers(): void {
    for (const checker of this.#checkers) {
      checker.stop();
      this.violations.push(...checker.violations);
    }
  }

  /** Ignore that the client was closed by a reload, or a message deleted before it was edited. */
  #ignoreExpected(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => {
      const codes = ["closed", "deleted"];
      if (!(error instanceof ApiError && codes.includes(error.problem.code))) this.violations.push(String(error));
    });
  }
}
