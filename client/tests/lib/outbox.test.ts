import { describe, expect, test } from "vitest";
import type { Room } from "../../src/lib/index.js";
import { createAccount } from "./support/accounts.js";
import { DisplayChecker } from "./support/display-checker.js";
import { useServer } from "./support/fixture.js";
import { MemoryStorage } from "./support/storage.js";
import { type TestClient, texts } from "./support/test-client.js";
import { waitForValue, waitUntil } from "./support/wait.js";

const fixture = useServer();

async function waitStored(text: string): Promise<void> {
  const newest = async () => (await fixture.server.history<{ text: string }>("lobby")).at(-1);
  await waitUntil(async () => (await newest())?.text === text, "the post to be stored");
}

/** Post a message that is stored, but whose acknowledgement is lost. */
async function postUnacknowledged(client: TestClient, room: Room, text: string): Promise<void> {
  client.proxy.dropResponses = true;
  room.post(text);
  await waitStored(text);
}

function restoreConnection(client: TestClient): void {
  client.proxy.resetConnections();
  client.proxy.dropResponses = false;
}

test("offline posts are stored once, in order, also after a reload", async () => {
  const doe = await fixture.open({ nick: "doe" });
  const room = await doe.join();
  doe.goOffline();
  await doe.waitOffline();
  const first = room.post("offline 1");
  room.post("offline 2");
  expect(first).toMatchObject({ state: "queued", room: "lobby", text: "offline 1", problem: null });
  doe.reload();
  expect(doe.room().pending.value.map(({ text }) => text)).toEqual(["offline 1", "offline 2"]);
  doe.room().post("offline 3");
  doe.goOnline();
  await doe.join();
  await doe.waitPosted();
  await doe.expectInSync();
  expect(texts(doe.room()).slice(-3)).toEqual(["offline 1", "offline 2", "offline 3"]);
  expect(doe.storage.length).toBe(1);
});

describe.each(["a lost connection", "a reload"])("a post whose acknowledgement is lost by %s", (cause) => {
  test("is stored once and always shown once", async () => {
    const roe = await fixture.open({ nick: "roe", transports: ["websocket"] });
    const room = await roe.join();
    const text = `unacknowledged by ${cause}`;
    const posted = new Set<string>();
    const checker = new DisplayChecker(room, posted);
    await postUnacknowledged(roe, room, text);
    posted.add(text);
    room.post("the next post");
    restoreConnection(roe);
    if (cause === "a reload") {
      checker.stop();
      roe.reload();
      expect(roe.room().pending.value[0]?.text).toBe(text);
      const afterReload = new DisplayChecker(roe.room(), posted);
      await roe.join();
      await roe.waitPosted();
      expect(afterReload.violations).toEqual([]);
    }
    await roe.waitPosted();
    await roe.expectInSync();
    expect(checker.violations).toEqual([]);
    expect(texts(roe.room()).slice(-2)).toEqual([text, "the next post"]);
    expect(texts(roe.room()).filter((other) => other === text)).toHaveLength(1);
  });
});

test("posts with the same text are separate messages", async () => {
  const moe = await fixture.open({ nick: "moe" });
  const room = await moe.join();
  for (const text of ["ok", "ok", "ok"]) room.post(text);
  await moe.waitPosted();
  await moe.expectInSync();
  expect(texts(room).slice(-3)).toEqual(["ok", "ok", "ok"]);
});

test("two tabs send each queued post once", async () => {
  const storage = new MemoryStorage();
  const first = await fixture.open({ nick: "zoe", storage, transports: ["websocket"] });
  const room = await first.join();
  first.goOffline();
  await first.waitOffline();
  for (let n = 0; n < 20; n++) room.post(`tab ${n}`);
  // Both tabs use the same proxy, since the keys in the storage contain the server's address.
  const second = await fixture.open({ nick: "zoe", storage, transports: ["websocket"] }, first.proxy);
  second.room().post("from the other tab");
  first.goOnline();
  await Promise.all([second.join(), first.waitPosted()]);
  await second.waitPosted();
  await Promise.all([first.expectInSync(), second.expectInSync()]);
  const expected = [...Array.from({ length: 20 }, (_, n) => `tab ${n}`), "from the other tab"];
  expect(texts(room).filter((text) => expected.includes(text ?? ""))).toEqual(expected);
});

test("refused posts can be discarded or retried, and do not block later ones", async () => {
  const joe = await fixture.open({ nick: "joe" });
  const room = await joe.join();
  const long = room.post("x".repeat(5000));
  const empty = room.post("   ");
  room.post("fine");
  await waitForValue(room.pending, (p) => p.length === 2 && p.every(({ state }) => state === "failed"), "two refusals");
  expect(room.pending.value.map(({ problem }) => problem?.code)).toEqual(["too_long", "invalid"]);
  room.discard(long.key);
  joe.reload();
  const reloaded = joe.room();
  expect(reloaded.pending.value.map(({ key, state }) => [key, state])).toEqual([[empty.key, "failed"]]);
  reloaded.retry(empty.key);
  expect(reloaded.pending.value[0]?.state).toBe("queued");
  await waitForValue(reloaded.pending, ([post]) => post?.state === "failed", "the refusal");
  reloaded.discard(empty.key);
  expect(reloaded.pending.value).toEqual([]);
  await joe.join();
  expect(texts(reloaded).at(-1)).toBe("fine");
});

test("posts without a nick are refused, and sent once there is one", async () => {
  const anonymous = await fixture.open({});
  const room = await anonymous.join();
  room.post("without a nick");
  await waitForValue(room.pending, ([post]) => post?.problem?.code === "nick_required", "the refusal");
  anonymous.client.identify({ nick: "somebody" });
  await anonymous.waitPosted();
  expect(texts(room).at(-1)).toBe("without a nick");
  expect(anonymous.client.me.value.nick).toBe("somebody");
});

test("a post that may have been stored for a guest is not sent again for a user", async () => {
  const ann = await fixture.open({ nick: "ann", transports: ["websocket"] });
  const room = await ann.join();
  await postUnacknowledged(ann, room, "as a guest");
  const token = await createAccount(fixture.server.url, "user1");
  ann.goOffline();
  await ann.waitOffline();
  ann.client.identify({ nick: null, token });
  ann.proxy.dropResponses = false;
  ann.goOnline();
  await waitForValue(room.pending, ([post]) => post?.problem?.code === "sent_as_another", "the post to fail");
  await ann.expectInSync();
  expect(ann.client.me.value.user?.nick).toBe("user1");
  room.retry(room.pending.value[0]?.key ?? "");
  await ann.waitPosted();
  await ann.expectInSync();
  expect(texts(room).slice(-2)).toEqual(["as a guest", "as a guest"]);
});

test("a change of identity waits for the acknowledgement of the post in flight", async () => {
  const bob = await fixture.open({ nick: "bob", transports: ["websocket"] });
  const room = await bob.join();
  const token = await createAccount(fixture.server.url, "user2");
  bob.proxy.holdResponses();
  room.post("in flight");
  await waitStored("in flight");
  bob.client.identify({ nick: null, token });
  room.post("as a user");
  bob.proxy.releaseResponses();
  await bob.waitPosted();
  await bob.expectInSync();
  expect([...room.messages.value.values()].slice(-2)).toMatchObject([
    { nick: "bob", text: "in flight" },
    { nick: "user2", text: "as a user" },
  ]);
});

test("posting works with a full storage", async () => {
  const full = new MemoryStorage();
  full.setItem = () => {
    throw new DOMException("It is full.", "QuotaExceededError");
  };
  const cid = await fixture.open({ nick: "cid", storage: full });
  const room = await cid.join();
  cid.goOffline();
  await cid.waitOffline();
  room.post("in memory only");
  cid.goOnline();
  await cid.waitPosted();
  await cid.expectInSync();
  expect(texts(room).at(-1)).toBe("in memory only");
});

test("posting to a room does not require joining it", async () => {
  const eve = await fixture.open({ nick: "eve" });
  const room = eve.room("kundtjanst");
  room.post("is anybody there?");
  await eve.waitPosted("kundtjanst");
  expect(room.messages.value.size).toBe(0);
  expect(await fixture.server.history<{ text: string }>("kundtjanst")).toMatchObject([{ text: "is anybody there?" }]);
});

describe("with rate limits", () => {
  const limited = useServer({ ME_API_RATE_LIMITS: "on" });

  test("all posts are stored, in order", async () => {
    const doe = await limited.open({ nick: "doe" });
    const room = await doe.join();
    const all = Array.from({ length: 40 }, (_, n) => `message ${n}`);
    for (const text of all) room.post(text);
    await doe.waitPosted();
    await doe.expectInSync();
    expect(texts(room)).toEqual(all);
  });
});
