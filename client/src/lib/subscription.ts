/** Being in a room over every drop: coming in, catching up, and where one has got to. */

import { Value } from "./store.js";
import { ApiError, letPass } from "./errors.js";
import type { House } from "./context.js";
import type { Answer, Link } from "./connection.js";
import { pause } from "./delay.js";
import type { Range } from "./timeline.js";
import type { Member, Message } from "./types.js";

const PAGE = 50;
const MOST = 200;
/**
 * Pages of changes that are read after an absence. Past these one begins anew with the newest page:
 * nobody scrolls through a thousand messages, and older ones load when somebody does.
 */
const PATIENCE = 5;

interface Joined {
  rev: number;
  epoch: string;
  recovered: boolean;
  more: boolean;
  members: Member[];
  messages: Message[];
}

/** What the room hears of it. */
export interface Guest {
  take(messages: readonly Message[]): void;
  forget(): void;
  meet(members: readonly Member[]): void;
}

export class Stay {
  readonly joined = new Value(false);
  #wanted = false;
  #following = false;
  #followed = false;
  #entering = false;
  #visit = 0;
  #rev = 0;
  #epoch: string | null = null;
  #arrival: Arrival | null = null;

  constructor(
    private readonly room: string,
    private readonly house: House,
    private readonly range: Range,
    private readonly guest: Guest,
  ) {}

  get wanted(): boolean {
    return this.#wanted;
  }

  /** Whether one is on the way in. */
  get entering(): boolean {
    return this.#entering;
  }

  join(): Promise<void> {
    this.#wanted = true;
    if (this.#following) return Promise.resolve();
    const arrival = (this.#arrival ??= new Arrival());
    if (this.house.ready() && !this.#entering) void this.enter();
    return arrival.promise;
  }

  async leave(): Promise<void> {
    this.#wanted = false;
    this.#arrival?.fulfil();
    this.#out();
    // Where the connection is lost, or gets lost, the next one leaves.
    await this.#ask("leave", { room: this.room }, () => null).catch(letPass);
  }

  /** The connection is lost. */
  dropped(): void {
    this.#followed = this.#following;
    this.#following = false;
    this.#entering = false;
    this.#visit++;
  }

  /** There is a connection again; a recovered one brings what was missed by itself. */
  connected(recovered: boolean): void {
    this.#following = recovered && this.#followed;
  }

  /** What was missed has come; `kept` tells whether the server has one in the room. */
  async back(kept: boolean): Promise<void> {
    if (!this.#wanted) {
      if (kept) await this.#ask("leave", { room: this.room }, () => null).catch(letPass);
    } else if (kept && this.#following && this.joined.value && this.range.low !== null) {
      this.#in();
      // Comings and goings are not told again.
      const meet = ({ data }: Answer) => this.guest.meet(data as Member[]);
      await this.#ask("members", { room: this.room }, meet).catch(letPass);
    } else {
      await this.enter();
    }
  }

  /** A change of the room came as an event. */
  reached(rev: number): void {
    // Before one is in, an event says nothing about what came before it.
    if (this.#following) this.#rev = Math.max(this.#rev, rev);
  }

  /** Come in, and catch up; again it does no harm. */
  async enter(): Promise<void> {
    const visit = ++this.#visit;
    this.#entering = true;
    while (visit === this.#visit && this.#entering) {
      try {
        await this.#catchUp(visit);
        if (visit === this.#visit) this.#in();
      } catch (error) {
        if (visit !== this.#visit) return;
        if (!(error instanceof ApiError)) throw error;
        if (error.passing) await pause((error.retryAfter ?? 1) * 1000);
        else this.#out(error);
      }
    }
  }

  async #catchUp(visit: number): Promise<void> {
    for (let pages = 0; visit === this.#visit; pages++) {
      const known = this.range.low !== null && this.#epoch !== null && pages < PATIENCE;
      const place = known ? { since: this.#rev, epoch: this.#epoch, limit: MOST } : { limit: PAGE };
      const more = await this.#ask("join", { room: this.room, ...place }, ({ data }) =>
        visit === this.#visit ? this.#take(data as Joined) : false,
      );
      if (!more) break;
    }
    if (visit === this.#visit && this.range.low === null) await this.#begin(visit);
  }

  /** Take the answer of a join; tells whether there is more before one is in. */
  #take({ recovered, messages, rev, epoch, members, more }: Joined): boolean {
    if (!recovered) this.guest.forget();
    this.guest.take(messages);
    if (!recovered && messages[0]) this.range.begin(messages[0].id);
    this.#rev = rev;
    this.#epoch = epoch;
    this.#following = !more;
    if (!more) this.guest.meet(members);
    this.guest.take([]);
    return more;
  }

  /**
   * Begin where the page of the join was empty. It leaves out what comes as an event, so the room
   * may be empty or may have changed as a whole: a page of history leaves out nothing.
   */
  #begin(visit: number): Promise<void> {
    return this.#ask("history", { room: this.room, limit: PAGE }, ({ data }) => {
      if (visit !== this.#visit) return;
      const page = data as Message[];
      this.range.begin(page[0]?.id ?? 1);
      this.guest.take(page);
    });
  }

  #in(): void {
    this.#entering = false;
    this.joined.set(true);
    this.#arrival?.fulfil();
    this.#arrival = null;
    this.house.settled();
  }

  /** Be out of the room: left, or refused. */
  #out(why?: ApiError): void {
    this.#visit++;
    this.#entering = this.#following = this.#followed = false;
    this.joined.set(false);
    this.guest.forget();
    this.guest.meet([]);
    if (why) this.#arrival?.reject(why);
    this.#arrival = null;
    this.house.settled();
  }

  get #ask(): Link["ask"] {
    return this.house.link.ask.bind(this.house.link);
  }
}

/** A promise to whoever waits to be in. */
class Arrival {
  fulfil!: () => void;
  reject!: (why: ApiError) => void;
  readonly promise = new Promise<void>((fulfil, reject) => Object.assign(this, { fulfil, reject }));
}
