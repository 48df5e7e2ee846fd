/** The subscription to a room's events: joining, catching up, and resuming after a reconnect. */

import type { Acknowledgement, NamespaceConnection } from "./connection.js";
import type { ClientContext } from "./context.js";
import { Deferred } from "./deferred.js";
import { delay } from "./delay.js";
import { joinAgainAfter } from "./ending.js";
import { ApiError, ignoreExpected } from "./errors.js";
import { Writable } from "./store.js";
import type { Timeline } from "./timeline.js";
import type { Member, Message, Problem } from "./types.js";

/** Messages of the newest page. */
const PAGE_SIZE = 50;
/** Changes of a page while catching up. */
const CATCH_UP_PAGE_SIZE = 200;
/**
 * Pages of changes that are read after an absence. If there are more, the timeline starts over with
 * the newest page: nobody scrolls through a thousand messages, and older ones load on demand.
 */
const MAX_CATCH_UP_PAGES = 5;

interface JoinResponse {
  rev: number;
  epoch: string;
  recovered: boolean;
  more: boolean;
  members: Member[];
  messages: Message[];
}

export interface SubscriptionListener {
  messagesReceived(messages: readonly Message[]): void;
  /** The messages received so far are no longer valid, or no longer wanted. */
  cleared(): void;
  membersReceived(members: readonly Member[]): void;
}

export class RoomSubscription {
  readonly joined = new Writable(false);
  readonly problem = new Writable<Problem | null>(null);
  #wanted = false;
  /** Whether all events of the room since the last known `rev` arrive on this connection. */
  #subscribed = false;
  /** Whether that was so when the last connection was lost. */
  #wasSubscribed = false;
  #joining = false;
  /** Identifies the attempt to join that may still take effect. */
  #attempt = 0;
  #rev = 0;
  #epoch: string | null = null;
  #deferred: Deferred | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly room: string,
    private readonly context: ClientContext,
    private readonly timeline: Timeline,
    private readonly listener: SubscriptionListener,
  ) {}

  /** Whether the room shall be joined, on this connection and on later ones. */
  get wanted(): boolean {
    return this.#wanted;
  }

  get joining(): boolean {
    return this.#joining;
  }

  join(): Promise<void> {
    this.#wanted = true;
    if (this.#subscribed) return Promise.resolve();
    const deferred = (this.#deferred ??= new Deferred());
    if (this.context.isReady() && !this.#joining) void this.subscribe();
    return deferred.promise;
  }

  async leave(): Promise<void> {
    this.#wanted = false;
    this.#deferred?.resolve();
    this.#end();
    // If there is no connection, or it is lost now, `resume` leaves the room on the next one.
    await this.#request("leave", { room: this.room }, () => null).catch(ignoreExpected);
  }

  disconnected(): void {
    this.#wasSubscribed = this.#subscribed;
    this.#subscribed = false;
    this.#joining = false;
    this.#attempt++;
    clearTimeout(this.#retryTimer);
  }

  /** Handle a new connection. A recovered session replays what was missed. */
  connected(recovered: boolean): void {
    this.#subscribed = recovered && this.#wasSubscribed;
  }

  /** Continue after the replay. `isMember`: whether the server has this client in the room. */
  async resume(isMember: boolean): Promise<void> {
    if (!this.#wanted) {
      if (isMember) await this.#request("leave", { room: this.room }, () => null).catch(ignoreExpected);
    } else if (isMember && this.#subscribed && this.joined.value && this.timeline.low !== null) {
      this.#succeed();
      // The replay does not contain the members who have joined or left.
      const update = ({ data }: Acknowledgement) => this.listener.membersReceived(data as Member[]);
      await this.#request("members", { room: this.room }, update).catch(ignoreExpected);
    } else {
      await this.subscribe();
    }
  }

  /** Record the position of an event of this room. */
  advance(rev: number): void {
    // Before the room is joined, earlier changes may be missing.
    if (this.#subscribed) this.#rev = Math.max(this.#rev, rev);
  }

  /** Join the room on this connection and catch up, with retries. Idempotent. */
  async subscribe(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#joining = true;
    clearTimeout(this.#retryTimer);
    while (attempt === this.#attempt && this.#joining) {
      try {
        await this.#catchUp(attempt);
        if (attempt === this.#attempt) this.#succeed();
      } catch (error) {
        if (attempt !== this.#attempt) return;
        if (!(error instanceof ApiError)) throw error;
        if (error.retryable) await delay((error.retryAfter ?? 1) * 1000);
        else this.#end(error);
      }
    }
  }

  async #catchUp(attempt: number): Promise<void> {
    for (let pages = 0; attempt === this.#attempt; pages++) {
      const known = this.timeline.low !== null && this.#epoch !== null && pages < MAX_CATCH_UP_PAGES;
      const place = known
        ? { since: this.#rev, epoch: this.#epoch, limit: CATCH_UP_PAGE_SIZE }
        : { limit: PAGE_SIZE };
      const more = await this.#request("join", { room: this.room, ...place }, ({ data }) =>
        attempt === this.#attempt ? this.#applyJoin(data as JoinResponse) : false,
      );
      if (!more) break;
    }
    if (attempt === this.#attempt && this.timeline.low === null) await this.#loadNewestPage(attempt);
  }

  /** Apply the response of a join. Returns whether more changes are to be read. */
  #applyJoin({ recovered, messages, rev, epoch, members, more }: JoinResponse): boolean {
    if (!recovered) this.listener.cleared();
    this.listener.messagesReceived(messages);
    if (!recovered && messages[0]) this.timeline.startAt(messages[0].id);
    this.#rev = rev;
    this.#epoch = epoch;
    this.#subscribed = !more;
    if (!more) this.listener.membersReceived(members);
    this.listener.messagesReceived([]);
    return more;
  }

  /**
   * Start the timeline with a page of history, if the page of the join was empty. That page leaves
   * out what arrives as an event, so that the room is either empty or has changed completely;
   * history leaves out nothing.
   */
  #loadNewestPage(attempt: number): Promise<void> {
    return this.#request("history", { room: this.room, limit: PAGE_SIZE }, ({ data }) => {
      if (attempt !== this.#attempt) return;
      const page = data as Message[];
      if (page[0]) this.timeline.startAt(page[0].id);
      else this.timeline.startEmpty();
      this.listener.messagesReceived(page);
    });
  }

  #succeed(): void {
    this.#joining = false;
    this.joined.set(true);
    this.problem.set(null);
    this.#deferred?.resolve();
    this.#deferred = null;
    this.context.updateStatus();
  }

  /** Clear the room after leaving it, or after `error`: the refusal to join it. */
  #end(error?: ApiError): void {
    this.#attempt++;
    this.#joining = this.#subscribed = this.#wasSubscribed = false;
    this.joined.set(false);
    this.problem.set(error?.problem ?? null);
    this.listener.cleared();
    this.listener.membersReceived([]);
    if (error) this.#deferred?.reject(error);
    this.#deferred = null;
    clearTimeout(this.#retryTimer);
    const wait = error ? joinAgainAfter(error.problem) : null;
    if (wait !== null) this.#retryTimer = setTimeout(() => void this.subscribe(), wait);
    this.context.updateStatus();
  }

  get #request(): NamespaceConnection["request"] {
    return this.context.connection.request.bind(this.context.connection);
  }
}
