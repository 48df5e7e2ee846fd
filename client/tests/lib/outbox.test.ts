import { describe, expect, test } from "vitest";
import type { Room } from "../../src/lib/index.js";
import { type Actor, texts } from "./support/test-client.js";
import { account } from "./support/accounts.js";
import { scene } from "./support/fixture.js";
import { MemoryStorage } from "./support/storage.js";
import { until, value } from "./support/wait.js";
import { Watch } from "./support/display-checker.js";

const here = scene();

/** Post so that it is stored and the answer is lost. */
async function postUnanswered(actor: Actor, room: Room, text: string): Promise<void> {
  actor.proxy.deaf = true;
  room.post(text);
  await until(async () => (await here.server.history<{ text: string }>("lobby")).at(-1)?.text === text, "it being stored");
}

function hear(actor: Actor): void {
  actor.proxy.cut();
  actor.proxy.deaf = false;
}

test("what is written offline arrives once, in order, also over a reload", async () => {
  const doe = await here.enter({ nick: "doe" });
  const room = await doe.joined();
  doe.goOffline();
  await doe.away();
  const first = room.post("offline 1");
  room.post("offline 2");
  expect(first).toMatchObject({ state: "queued", room: "lobby", text: "offline 1", problem: null });
  doe.reload();
  expect(doe.room().pending.value.map(({ text }) => text)).toEqual(["offline 1", "offline 2"]);
  doe.room().post("offline 3");
  doe.goOnline();
  await doe.joined();
  await doe.posted();
  await doe.agrees();
  expect(texts(doe.room()).slice(-3)).toEqual(["offline 1", "offline 2", "offline 3"]);
  expect(doe.storage.length).toBe(1);
});

describe.each(["a cut", "a reload"])("an answer lost by %s", (kind) => {
  test("is asked for again: stored once, shown once at every moment", async () => {
    const doe = await here.enter({ nick: "roe", transports: ["websocket"] });
    const room = await doe.joined();
    const text = `unanswered by ${kind}`;
    const written = new Set<string>();
    const watch = new Watch(room, written);
    await postUnanswered(doe, room, text);
    written.add(text);
    room.post("behind it");
    hear(doe);
    if (kind === "a reload") {
      watch.end();
      doe.reload();
      expect(doe.room().pending.value[0]?.text).toBe(text);
      const again = new Watch(doe.room(), written);
      await doe.joined();
      await doe.posted();
      expect(again.faults).toEqual([]);
    }
    await doe.posted();
    await doe.agrees();
    expect(watch.faults).toEqual([]);
    expect(texts(doe.room()).slice(-2)).toEqual([text, "behind it"]);
    expect(texts(doe.room()).filter((one) => one === text)).toHaveLength(1);
  });
});

test("the same words twice are two messages", async () => {
  const doe = await here.enter({ nick: "moe" });
  const room = await doe.joined();
  for (const text of ["ok", "ok", "ok"]) room.post(text);
  await doe.posted();
  await doe.agrees();
  expect(texts(room).slice(-3)).toEqual(["ok", "ok", "ok"]);
});

test("two tabs send the queue once", async () => {
  const storage = new MemoryStorage();
  const one = await here.enter({ nick: "zoe", storage, transports: ["websocket"] });
  const room = await one.joined();
  one.goOffline();
  await one.away();
  for (let n = 0; n < 20; n++) room.post(`tab ${n}`);
  // Both tabs have the proxy's address: it is what the storage goes by.
  const other = await here.enter({ nick: "zoe", storage, transports: ["websocket"] }, one.proxy);
  other.room().post("from the other tab");
  one.goOnline();
  await Promise.all([other.joined(), one.posted()]);
  await other.posted();
  await Promise.all([one.agrees(), other.agrees()]);
  const wanted = [...Array.from({ length: 20 }, (_, n) => `tab ${n}`), "from the other tab"];
  expect(texts(room).filter((text) => wanted.includes(text ?? ""))).toEqual(wanted);
});

test("what the server refuses can be discarded, or retried, and holds nothing up", async () => {
  const doe = await here.enter({ nick: "joe" });
  const room = await doe.joined();
  const long = room.post("x".repeat(5000));
  const empty = room.post("   ");
  room.post("fine");
  await value(room.pending, (p) => p.length === 2 && p.every(({ state }) => state === "failed"), "two refusals");
  expect(room.pending.value.map(({ problem }) => problem?.code)).toEqual(["too_long", "invalid"]);
  room.discard(long.key);
  doe.reload();
  const after = doe.room();
  expect(after.pending.value.map(({ key, state }) => [key, state])).toEqual([[empty.key, "failed"]]);
  after.retry(empty.key);
  expect(after.pending.value[0]?.state).toBe("queued");
  await value(after.pending, ([one]) => one?.state === "failed", "the refusal");
  after.discard(empty.key);
  expect(after.pending.value).toEqual([]);
  await doe.joined();
  expect(texts(after).at(-1)).toBe("fine");
});

test("without a nick nothing is sent, and with one everything", async () => {
  const doe = await here.enter({});
  const room = await doe.joined();
  room.post("who am I?");
  await value(room.pending, ([one]) => one?.problem?.code === "nick_required", "the refusal");
  doe.client.identify({ nick: "somebody" });
  await doe.posted();
  expect(texts(room).at(-1)).toBe("who am I?");
  expect(doe.client.me.value.nick).toBe("somebody");
});

test("what may have been sent as a guest is not sent again as a user", async () => {
  const doe = await here.enter({ nick: "ann", transports: ["websocket"] });
  const room = await doe.joined();
  await postUnanswered(doe, room, "am I a guest?");
  const token = await account(here.server.url, "user1");
  doe.goOffline();
  await doe.away();
  doe.client.identify({ nick: null, token });
  doe.proxy.deaf = false;
  doe.goOnline();
  await value(room.pending, ([one]) => one?.problem?.code === "sent_as_another", "the doubt");
  await doe.agrees();
  expect(doe.client.me.value.user?.nick).toBe("user1");
  room.retry(room.pending.value[0]?.key ?? "");
  await doe.posted();
  await doe.agrees();
  expect(texts(room).slice(-2)).toEqual(["am I a guest?", "am I a guest?"]);
});

test("who becomes another waits for the answer to what is on its way", async () => {
  const doe = await here.enter({ nick: "bob", transports: ["websocket"] });
  const room = await doe.joined();
  const token = await account(here.server.url, "user2");
  doe.proxy.hold();
  room.post("on its way");
  await until(async () => (await here.server.history<{ text: string }>("lobby")).at(-1)?.text === "on its way", "it being stored");
  doe.client.identify({ nick: null, token });
  room.post("as a user");
  doe.proxy.release();
  await doe.posted();
  await doe.agrees();
  expect([...room.messages.value.values()].slice(-2)).toMatchObject([
    { nick: "bob", text: "on its way" },
    { nick: "user2", text: "as a user" },
  ]);
});

test("a full storage keeps nobody from writing", async () => {
  const full = new MemoryStorage();
  full.setItem = () => {
    throw new DOMException("It is full.", "QuotaExceededError");
  };
  const doe = await here.enter({ nick: "cid", storage: full });
  const room = await doe.joined();
  doe.goOffline();
  await doe.away();
  room.post("nowhere to keep it");
  doe.goOnline();
  await doe.posted();
  await doe.agrees();
  expect(texts(room).at(-1)).toBe("nowhere to keep it");
});

test("a room that one is not in takes posts", async () => {
  const doe = await here.enter({ nick: "eve" });
  const room = doe.room("kundtjanst");
  room.post("is anybody there?");
  await doe.posted("kundtjanst");
  expect(room.messages.value.size).toBe(0);
  expect(await here.server.history<{ text: string }>("kundtjanst")).toMatchObject([{ text: "is anybody there?" }]);
});

describe("with rate limits", () => {
  const there = scene({ ME_API_RATE_LIMITS: "on" });

  test("everything arrives, in order", async () => {
    const doe = await there.enter({ nick: "doe" });
    const room = await doe.joined();
    const all = Array.from({ length: 40 }, (_, n) => `message ${n}`);
    for (const text of all) room.post(text);
    await doe.posted();
    await doe.agrees();
    expect(texts(room)).toEqual(all);
  });
});
