/** Somebody who does at random what a user, a browser and a network do. */

import { ApiError, type Message } from "../../../src/lib/index.js";
import type { Actor } from "./test-client.js";
import { Watch, mark } from "./display-checker.js";

export interface Act {
  do: "post" | "edit" | "delete" | "cut" | "offline" | "online" | "reload" | "deafen" | "breathe" | "leave" | "join";
  where?: number;
  pick?: number;
}

export class Player {
  readonly #written: ReadonlyMap<string, Set<string>>;
  /** What was deleted, perhaps, by room and id. */
  readonly #deleted = new Map<string, string>();
  readonly #gone = new Set<string>();
  #watches: Watch[] = [];
  readonly faults: string[] = [];

  private constructor(
    readonly actor: Actor,
    private readonly number: number,
    private readonly rooms: readonly string[],
  ) {
    this.#written = new Map(rooms.map((name) => [name, new Set()]));
  }

  static async of(actor: Actor, number: number, rooms: readonly string[]): Promise<Player> {
    const player = new Player(actor, number, rooms);
    player.#watch();
    await player.#join();
    return player;
  }

  async act({ do: what, where = 0, pick = 0 }: Act): Promise<void> {
    const name = this.rooms[where] ?? "";
    const room = this.actor.room(name);
    const { proxy } = this.actor;
    if (what === "post") this.#post(name);
    else if (what === "edit" || what === "delete") this.#change(what, name, pick);
    else if (what === "cut") proxy.cut();
    else if (what === "offline") this.actor.goOffline();
    else if (what === "online") this.#online();
    else if (what === "deafen") proxy.deaf = true;
    else if (what === "reload") this.#reload();
    else if (what === "leave") this.#leave(name);
    else if (what === "join") this.#quietly(room.join());
    else await new Promise((done) => setTimeout(done, 20));
  }

  /** Whatever happened, be there again, in every room, with everything posted. */
  async comeBack(): Promise<void> {
    this.#online();
    await this.#join();
    for (const name of this.rooms) await this.actor.posted(name);
    this.#unwatch();
  }

  /** Give what this player wrote in a room, in order. */
  wrote(name: string): string[] {
    return [...this.#in(name)];
  }

  #in(name: string): Set<string> {
    return this.#written.get(name) ?? new Set();
  }

  /** Give what is stored of it, in order. */
  stored(name: string, truth: readonly Message[]): string[] {
    const mine = truth.filter(({ nick }) => nick === this.actor.client.me.value.nick);
    return mine.map(({ id, text }) => mark(text) ?? this.#deleted.get(`${name}/${id}`) ?? "?");
  }

  #online(): void {
    if (this.actor.proxy.deaf) this.actor.proxy.cut();
    this.actor.proxy.deaf = false;
    this.actor.goOnline();
  }

  async #join(): Promise<void> {
    for (const name of this.rooms) await this.actor.joined(name);
  }

  #post(name: string): void {
    const text = `${this.number}.${name}.${this.#in(name).size}`;
    this.actor.room(name).post(text);
    this.#in(name).add(text);
  }

  #change(what: "edit" | "delete", name: string, pick: number): void {
    const room = this.actor.room(name);
    const all = [...room.messages.value.values()];
    const mine = all.filter(({ nick, deleted }) => !deleted && nick === this.actor.client.me.value.nick);
    const target = mine[pick % (mine.length || 1)];
    if (!target) return;
    const text = mark(target.text) ?? "?";
    if (what === "edit") return this.#quietly(room.edit(target.id, `${text}|${pick}`));
    this.#gone.add(text);
    this.#deleted.set(`${name}/${target.id}`, text);
    this.#quietly(room.delete(target.id));
  }

  #leave(name: string): void {
    this.#quietly(this.actor.room(name).leave());
  }

  #reload(): void {
    this.#unwatch();
    this.actor.reload();
    this.#watch();
    for (const name of this.rooms) this.#quietly(this.actor.room(name).join());
  }

  #watch(): void {
    this.#watches = this.rooms.map((name) => new Watch(this.actor.room(name), this.#in(name), this.#gone));
  }

  #unwatch(): void {
    for (const watch of this.#watches) {
      watch.end();
      this.faults.push(...watch.faults);
    }
  }

  /** Closed by a reload, or deleted before the edit came: so be it. */
  #quietly(doing: Promise<unknown>): void {
    doing.catch((error: unknown) => {
      const codes = ["closed", "deleted"];
      if (!(error instanceof ApiError && codes.includes(error.problem.code))) this.faults.push(String(error));
    });
  }
}
