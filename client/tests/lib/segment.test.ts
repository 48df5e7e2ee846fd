/** Messages far back in the history: loaded around one, kept in sync, and joined to the newest. */

import { beforeAll, expect, test } from "vitest";
import { call, type Message, type Room, type Segment } from "../../src/lib/index.js";
import { useServer } from "./support/fixture.js";
import { waitForValue } from "./support/wait.js";

const fixture = useServer();
const MESSAGES = "/chat/rooms/lobby/messages";
const GUEST = "g".repeat(32);
const COUNT = 420;

const post = (text: string) => call(fixture.server.url, MESSAGES, { body: { text, nick: "mos" }, guest: GUEST });
const change = (id: number, text: string) =>
  call<Message>(fixture.server.url, `${MESSAGES}/${id}`, { method: "PATCH", body: { text }, guest: GUEST });

beforeAll(async () => {
  // Several at a time are stored by one commit.
  for (let n = 0; n < COUNT; n += 60) await Promise.all(range(n, n + 59).map((text) => post(`${text}`)));
});

function segmentOf(room: Room): Segment {
  if (!room.segment.value) throw new Error("there is no segment");
  return room.segment.value;
}

const ids = (of: Room | Segment) => [...of.messages.value.keys()];
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test("what is around a message is loaded, follows changes, and meets the newest messages", async () => {
  const ann = await fixture.open({ nick: "ann" });
  const room = ann.room();
  const changing = change(90, "changed while it is loaded");
  expect(await room.loadAround(100)).toBe(true);
  await changing;
  const segment = segmentOf(room);
  expect(ids(segment)).toEqual(range(50, 149));
  expect(ids(room)).toEqual(range(COUNT - 49, COUNT));
  await waitForValue(segment.messages, (m) => m.get(90)?.text === "changed while it is loaded", "the change");
  await change(100, "changed");
  await waitForValue(segment.messages, (m) => m.get(100)?.text === "changed", "the change");
  expect(segment.hasOlder.value).toBe(true);
  await segment.loadOlder(200);
  expect(segment.hasOlder.value).toBe(false);
  await segment.loadNewer(200);
  expect(ids(segment)).toEqual(range(1, 349));
  expect(await room.loadAround(300)).toBe(true);
  expect(segmentOf(room)).toBe(segment);
  await Promise.all([segmentOf(room).loadNewer(200), segmentOf(room).loadNewer(200)]);
  expect(room.segment.value).toBeNull();
  expect(ids(room)).toEqual(range(1, COUNT));
  await ann.expectInSync();
});

test("a message near the newest is loaded there, and one that is there already is not loaded again", async () => {
  const bob = await fixture.open({ nick: "bob" });
  const room = await bob.join();
  expect(await room.loadAround(330)).toBe(true);
  expect(room.segment.value).toBeNull();
  expect(ids(room)).toEqual(range(280, COUNT));
  expect(await room.loadAround(30)).toBe(true);
  expect(room.segment.value).not.toBeNull();
  expect(await room.loadAround(400)).toBe(true);
  expect(room.segment.value).toBeNull();
  await bob.expectInSync();
});

test("a message that is not there is not found, and a closed segment does not come back", async () => {
  const cat = await fixture.open({ nick: "cat" });
  const room = await cat.join();
  expect(await room.loadAround(COUNT + 1)).toBe(false);
  const loading = room.loadAround(20);
  room.closeSegment();
  expect(await loading).toBe(true);
  expect(room.segment.value).toBeNull();
});

test("changes that were missed while offline are in the segment, too", async () => {
  const dan = await fixture.open({ nick: "dan" });
  const room = dan.room();
  await room.loadAround(200);
  const segment = segmentOf(room);
  dan.goOffline();
  await dan.waitOffline();
  await change(205, "changed while offline");
  dan.goOnline();
  await waitForValue(segment.messages, (m) => m.get(205)?.text === "changed while offline", "the change");
  expect(room.segment.value).toBe(segment);
  await dan.expectInSync();
});

test("leaving the room discards the segment", async () => {
  const eve = await fixture.open({ nick: "eve" });
  const room = eve.room();
  await room.loadAround(200);
  await room.leave();
  expect(room.segment.value).toBeNull();
});
