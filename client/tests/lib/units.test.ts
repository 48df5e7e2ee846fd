/** What no real server can be brought to do at will. */

import { EventEmitter } from "node:events";
import fc from "fast-check";
import type { Manager } from "socket.io-client";
import { afterEach, expect, test, vi } from "vitest";
import { Value, View } from "../../src/lib/store.js";
import { newNick, storedAs } from "../../src/lib/commands.js";
import { Keep } from "../../src/lib/storage.js";
import { Link } from "../../src/lib/connection.js";
import { Presence } from "../../src/lib/presence.js";
import { Range } from "../../src/lib/timeline.js";
import type { Message, Problem } from "../../src/lib/index.js";
import { MemoryStorage } from "./support/storage.js";

afterEach(() => void vi.useRealTimers());

function message(id: number, rev: number): Message {
  return { room: "lobby", id, rev, nick: "mos", verified: false, text: `${rev}`, time: "", edited: null, deleted: false };
}

test("a range has no holes, whatever comes in whatever order, and holds the newest of each", () => {
  // A room as it grew: id and rev of each change. A client gets only the newest of each message.
  const changes = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(changes, fc.integer({ min: 1, max: 30 }), fc.nat(60), (picks, low, read) => {
      let last = 0;
      const log = picks.map(([pick, edit], at) => message(edit && last > 0 ? 1 + (pick % last) : ++last, at + 1));
      const newest = new Map(log.map((change) => [change.id, change]));
      const range = new Range();
      const start = 1 + (low % (last + 1));
      const seen = read % (log.length + 1);
      for (const change of log.slice(0, seen)) range.put(change);
      range.begin(start);
      for (const change of [...newest.values()].sort((a, b) => a.rev - b.rev)) {
        range.put(change);
        const ids = [...range.snapshot().keys()];
        expect(ids).toEqual(ids.map((_, at) => start + at));
      }
      expect([...range.snapshot().values()]).toEqual([...newest.values()].filter(({ id }) => id >= start).sort((a, b) => a.id - b.id));
    }),
  );
});

test("an older page takes what was changed while it was read", () => {
  const range = new Range();
  range.begin(3);
  range.put(message(3, 3));
  range.put(message(2, 9)); // Nobody asked for it.
  range.expect();
  range.put(message(1, 10));
  range.extend([message(1, 1), message(2, 9)]);
  expect([...range.snapshot().values()].map(({ rev }) => rev)).toEqual([10, 9, 3]);
  range.expect();
  range.extend(null);
  expect(range.low).toBe(1);
});

test("what changes in one turn is told once, a fault of one watcher is not the others'", async () => {
  const later = vi.fn<(run: () => void) => void>();
  vi.stubGlobal("queueMicrotask", later);
  const numbers = new Value(0);
  const double = new View(() => numbers.value * 2);
  const told: number[] = [];
  numbers.subscribe((number) => {
    if (number === 3) throw new Error("a watcher's own");
  });
  const end = double.subscribe((number) => void told.push(number));
  for (const number of [1, 2, 3]) {
    numbers.set(number);
    double.touch();
    expect(double.value).toBe(number * 2);
  }
  await vi.waitFor(() => expect(told).toEqual([0, 6]));
  vi.unstubAllGlobals();
  expect(later).toHaveBeenCalledTimes(1);
  expect(later.mock.calls[0]?.[0]).toThrow("a watcher's own");
  double.touch();
  await new Promise((done) => setTimeout(done, 20));
  expect(told).toEqual([0, 6]);
  end();
  numbers.set(4);
  double.touch();
  await new Promise((done) => setTimeout(done, 20));
  expect(told).toEqual([0, 6]);
});

test("whoever writes no more is no longer shown as writing", () => {
  vi.useFakeTimers();
  const presence = new Presence();
  presence.writes("doe");
  vi.advanceTimersByTime(4000);
  presence.writes("doe");
  vi.advanceTimersByTime(4000);
  expect(presence.typing.value).toEqual(["doe"]);
  vi.advanceTimersByTime(2001);
  expect(presence.typing.value).toEqual([]);
  presence.writes("roe");
  presence.went("roe", 0);
  expect(presence.typing.value).toEqual([]);
});

test("a count that does not fit has the list asked for", () => {
  const presence = new Presence();
  expect(presence.came({ nick: "doe", verified: false }, 1)).toBe(false);
  expect(presence.came({ nick: "roe", verified: true }, 5)).toBe(true);
  expect(presence.went("doe", 1)).toBe(false);
  expect(presence.members.value).toEqual([{ nick: "roe", verified: true }]);
});

test("what is written after a reload in the same millisecond is later", () => {
  vi.useFakeTimers();
  const storage = new MemoryStorage();
  for (let n = 0; n < 20; n++) {
    const keep = new Keep("http://example.com", storage);
    expect(keep.entries().map(({ text }) => text)).toEqual(Array.from({ length: n }, (_, at) => `${at}`));
    keep.save(keep.entry("lobby", `${n}`));
  }
});

test.each([
  ["hej", "hej", null],
  ["//hej", "/hej", null],
  ["/me  waves ", "*waves*", null],
  ["/help", null, null],
  ["/nick  Mos ", null, "Mos"],
])("%s is stored as %s", (text, stored, nick) => {
  expect([storedAs(text), newNick(text)]).toEqual([stored, nick]);
});

/** A socket of the stock client, as far as a link looks at it. */
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

/** A manager of the stock client, as far as a link looks at it. */
class FakeManager extends EventEmitter {
  delay = 1000;
  jitter = 0.5;
  constructor(readonly one: FakeSocket) {
    super();
  }
  socket(): FakeSocket {
    return this.one;
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

function fakeLink() {
  const socket = new FakeSocket();
  const refused: Problem[] = [];
  const manager = new FakeManager(socket);
  const link = new Link(manager as unknown as Manager, "/chat", {
    auth: () => ({}),
    connected: () => {},
    dropped: () => {},
    refused: (problem) => void refused.push(problem),
  });
  link.open();
  return { socket, refused, link, manager };
}

test.each([[{ status: 503, code: "storage_unavailable" }], [{ status: 500 }], [{ status: 429, retry_after: 1 }], [undefined]])(
  "a refusal that passes is tried again: %j",
  (data) => {
    vi.useFakeTimers();
    const { socket, refused, link } = fakeLink();
    for (let times = 1; times < 4; times++) {
      expect(socket.connects).toBe(times);
      socket.refuse(data);
      vi.advanceTimersByTime(1000);
    }
    expect(refused).toEqual([]);
    socket.refuse(data);
    link.close();
    vi.advanceTimersByTime(60_000);
    expect(socket.connects).toBe(4);
  },
);

test("a final refusal is told, and not tried again; being thrown out is tried again", () => {
  vi.useFakeTimers();
  const { socket, refused } = fakeLink();
  socket.refuse({ status: 409, code: "nick_taken" });
  vi.advanceTimersByTime(60_000);
  expect(refused).toMatchObject([{ code: "nick_taken" }]);
  expect(socket.connects).toBe(1);
  const other = fakeLink();
  other.socket.active = false;
  other.socket.emit("disconnect", "io server disconnect");
  vi.advanceTimersByTime(1000);
  expect(other.socket.connects).toBe(2);
});

test("a server that closes is obeyed once, then all is as usual", () => {
  const { socket, manager } = fakeLink();
  socket.emit("connect");
  socket.emit("closing", { retry_after: 2.5 });
  socket.emit("closing", { retry_after: 2.5 });
  expect([manager.delay, manager.jitter]).toEqual([2500, 0]);
  manager.emit("reconnect");
  expect([manager.delay, manager.jitter]).toEqual([1000, 0.5]);
});
