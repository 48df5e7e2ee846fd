/** Units of the library in situations that no real server can be brought into at will. */

import { EventEmitter } from "node:events";
import fc from "fast-check";
import type { Manager } from "socket.io-client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { newNick, storedText } from "../../src/lib/commands.js";
import { NamespaceConnection } from "../../src/lib/connection.js";
import type { Message, Problem } from "../../src/lib/index.js";
import { Presence } from "../../src/lib/presence.js";
import { ClientStorage } from "../../src/lib/storage.js";
import { Derived, Writable } from "../../src/lib/store.js";
import { Timeline } from "../../src/lib/timeline.js";
import { MemoryStorage } from "./support/storage.js";

afterEach(() => void vi.useRealTimers());

function message(id: number, rev: number): Message {
  return { room: "lobby", id, rev, nick: "mos", verified: false, text: `${rev}`, time: "", edited: null, deleted: false };
}

describe("a timeline", () => {
  test("has no gaps and holds the newest version of each message, in whatever order changes arrive", () => {
    // Each change of a room as an id and a rev. A client receives only the newest change of each message.
    const changes = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 30 }), fc.nat(60), (picks, low, read) => {
        let last = 0;
        const log = picks.map(([pick, edit], at) => message(edit && last > 0 ? 1 + (pick % last) : ++last, at + 1));
        const newest = new Map(log.map((change) => [change.id, change]));
        const timeline = new Timeline();
        const start = 1 + (low % (last + 1));
        const seen = read % (log.length + 1);
        for (const change of log.slice(0, seen)) timeline.put(change);
        timeline.startAt(start);
        for (const change of [...newest.values()].sort((a, b) => a.rev - b.rev)) {
          timeline.put(change);
          const ids = [...timeline.snapshot().keys()];
          expect(ids).toEqual(ids.map((_, at) => start + at));
        }
        expect([...timeline.snapshot().values()]).toEqual([...newest.values()].filter(({ id }) => id >= start).sort((a, b) => a.id - b.id));
      }),
    );
  });

  test("applies changes that arrive while an older page is loading", () => {
    const timeline = new Timeline();
    timeline.startAt(3);
    timeline.put(message(3, 3));
    timeline.put(message(2, 9)); // Ignored: no page is loading.
    timeline.beginPage();
    timeline.put(message(1, 10));
    timeline.prependPage([message(1, 1), message(2, 9)]);
    expect([...timeline.snapshot().values()].map(({ rev }) => rev)).toEqual([10, 9, 3]);
    timeline.beginPage();
    timeline.prependPage(null);
    expect(timeline.low).toBe(1);
  });

  test("begins with the first message that arrives, if the room was empty, also in the wrong order", () => {
    const order = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(order, fc.integer({ min: 1, max: 1000 }), fc.nat(3), (places, first, early) => {
        const timeline = new Timeline();
        const changes = places.map((place, at) => message(first + place, at + 1));
        for (const change of changes.slice(0, early)) timeline.put(change);
        timeline.startEmpty();
        expect(timeline.hasOlder).toBe(false);
        for (const change of changes.slice(early)) timeline.put(change);
        expect([...timeline.snapshot().keys()]).toEqual(changes.map((_, at) => first + at));
        expect(timeline.hasOlder).toBe(false);
      }),
    );
  });

  test("drops what is older than an id, and is not extended by what was removed", () => {
    const ids = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(ids, ids, fc.boolean(), (first, loaded, empty) => {
        const timeline = new Timeline();
        if (empty) timeline.startEmpty();
        else timeline.startAt(1);
        for (let id = 1; id <= loaded; id++) timeline.put(message(id, id));
        timeline.dropBefore(first);
        for (let id = 1; id <= loaded + 2; id++) timeline.put(message(id, 10 + id));
        const kept = Array.from({ length: loaded + 2 }, (_, at) => at + 1).filter((id) => id >= first);
        expect([...timeline.snapshot().keys()]).toEqual(kept);
        expect(timeline.hasOlder).toBe(false);
      }),
    );
  });

  test("has nothing older once an older page was empty: the ids of a room with a retention begin late", () => {
    const timeline = new Timeline();
    timeline.startAt(5);
    timeline.put(message(5, 5));
    expect(timeline.hasOlder).toBe(true);
    timeline.beginPage();
    timeline.prependPage([]);
    expect(timeline.hasOlder).toBe(false);
    timeline.clear();
    timeline.startAt(5);
    expect(timeline.hasOlder).toBe(true);
  });
});

test("stores notify once per turn, also if a subscriber throws", async () => {
  const later = vi.fn<(run: () => void) => void>();
  vi.stubGlobal("queueMicrotask", later);
  const numbers = new Writable(0);
  const double = new Derived(() => numbers.value * 2);
  const received: number[] = [];
  numbers.subscribe((number) => {
    if (number === 3) throw new Error("thrown by a subscriber");
  });
  const unsubscribe = double.subscribe((number) => void received.push(number));
  for (const number of [1, 2, 3]) {
    numbers.set(number);
    double.invalidate();
    expect(double.value).toBe(number * 2);
  }
  await vi.waitFor(() => expect(received).toEqual([0, 6]));
  vi.unstubAllGlobals();
  expect(later).toHaveBeenCalledTimes(1);
  expect(later.mock.calls[0]?.[0]).toThrow("thrown by a subscriber");
  double.invalidate();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(received).toEqual([0, 6]);
  unsubscribe();
  numbers.set(4);
  double.invalidate();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(received).toEqual([0, 6]);
});

describe("presence", () => {
  test("shows a member as typing until there have been no events for six seconds", () => {
    vi.useFakeTimers();
    const presence = new Presence();
    presence.typingStarted("doe");
    vi.advanceTimersByTime(4000);
    presence.typingStarted("doe");
    vi.advanceTimersByTime(4000);
    expect(presence.typing.value).toEqual(["doe"]);
    vi.advanceTimersByTime(2001);
    expect(presence.typing.value).toEqual([]);
    presence.typingStarted("roe");
    presence.memberLeft("roe", 0);
    expect(presence.typing.value).toEqual([]);
  });

  test("requires a reload if the server's count differs", () => {
    const presence = new Presence();
    expect(presence.memberJoined({ nick: "doe", verified: false }, 1)).toBe(false);
    expect(presence.memberJoined({ nick: "roe", verified: true }, 5)).toBe(true);
    expect(presence.memberLeft("doe", 1)).toBe(false);
    expect(presence.members.value).toEqual([{ nick: "roe", verified: true }]);
  });
});

test("an entry created after a reload sorts last, even within the same millisecond", () => {
  vi.useFakeTimers();
  const storage = new MemoryStorage();
  for (let n = 0; n < 20; n++) {
    const reloaded = new ClientStorage("http://example.com", storage);
    expect(reloaded.entries().map(({ text }) => text)).toEqual(Array.from({ length: n }, (_, at) => `${at}`));
    reloaded.save(reloaded.createEntry("lobby", `${n}`));
  }
});

test.each([
  ["hej", "hej", null],
  ["//hej", "/hej", null],
  ["/me  waves ", "*waves*", null],
  ["/help", null, null],
  ["/nick  Mos ", null, "Mos"],
])("%s is stored as %s", (text, stored, nick) => {
  expect([storedText(text), newNick(text)]).toEqual([stored, nick]);
});

/** A `Socket` of socket.io-client, as far as `NamespaceConnection` uses it. */
class FakeSocket extends EventEmitter {
  active = false;
  connected = false;
  sendBuffer = [];
  connects = 0;
  connect(): void {
    this.active = true;
    this.connects++;
  }
  disconnect(): void {
    this.active = false;
  }
  refuse(data?: Partial<Problem> & { retry_after?: number }): void {
    this.active = false;
    this.emit("connect_error", Object.assign(new Error("refused"), { data }));
  }
}

/** A `Manager` of socket.io-client, as far as `NamespaceConnection` uses it. */
class FakeManager extends EventEmitter {
  delay = 1000;
  jitter = 0.5;
  constructor(readonly only: FakeSocket) {
    super();
  }
  socket(): FakeSocket {
    return this.only;
  }
  reconnectionDelay(delay?: number): unknown {
    if (delay === undefined) return this.delay;
    this.delay = delay;
    return this;
  }
  randomizationFactor(jitter?: number): unknown {
    if (jitter === undefined) return this.jitter;
    this.jitter = jitter;
    return this;
  }
}

function openConnection() {
  const socket = new FakeSocket();
  const refused: Problem[] = [];
  const manager = new FakeManager(socket);
  const connection = new NamespaceConnection(manager as unknown as Manager, "/chat", {
    auth: () => ({}),
    connected: () => {},
    disconnected: () => {},
    refused: (problem) => void refused.push(problem),
  });
  connection.open();
  return { socket, refused, connection, manager };
}

describe("a connection", () => {
  test.each([[{ status: 503, code: "storage_unavailable" }], [{ status: 500 }], [{ status: 429, retry_after: 1 }], [undefined]])(
    "retries after a temporary refusal: %j",
    (data) => {
      vi.useFakeTimers();
      const { socket, refused, connection } = openConnection();
      for (let times = 1; times < 4; times++) {
        expect(socket.connects).toBe(times);
        socket.refuse(data);
        vi.advanceTimersByTime(1000);
      }
      expect(refused).toEqual([]);
      socket.refuse(data);
      connection.close();
      vi.advanceTimersByTime(60_000);
      expect(socket.connects).toBe(4);
    },
  );

  test("reports a final refusal without a retry, and retries after a disconnect by the server", () => {
    vi.useFakeTimers();
    const { socket, refused } = openConnection();
    socket.refuse({ status: 409, code: "nick_taken" });
    vi.advanceTimersByTime(60_000);
    expect(refused).toMatchObject([{ code: "nick_taken" }]);
    expect(socket.connects).toBe(1);
    const other = openConnection();
    other.socket.active = false;
    other.socket.emit("disconnect", "io server disconnect");
    vi.advanceTimersByTime(1000);
    expect(other.socket.connects).toBe(2);
  });

  test("uses the delay that a closing server assigns for one reconnect only", () => {
    const { socket, manager } = openConnection();
    socket.emit("connect");
    socket.emit("closing", { retry_after: 2.5 });
    socket.emit("closing", { retry_after: 2.5 });
    expect([manager.delay, manager.jitter]).toEqual([2500, 0]);
    manager.emit("reconnect");
    expect([manager.delay, manager.jitter]).toEqual([1000, 0.5]);
  });
});
