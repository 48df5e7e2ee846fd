import { expect, test } from "vitest";
import { ApiError, call, type Member, type Message } from "../../src/lib/index.js";
import { useServer } from "./support/fixture.js";
import { texts } from "./support/test-client.js";
import { waitForValue } from "./support/wait.js";

const fixture = useServer();

test("two clients post, edit and delete", async () => {
  const [doe, roe] = await Promise.all([fixture.open({ nick: "doe" }), fixture.open({ nick: "roe" })]);
  const [mine, theirs] = await Promise.all([doe.join(), roe.join()]);
  mine.post("hej");
  await waitForValue(theirs.messages, (m) => m.size === 1, "the message");
  theirs.post("hej hej");
  await waitForValue(mine.messages, (m) => m.size === 2, "the reply");
  const edited = await mine.edit(1, "hej!");
  expect(edited).toEqual(mine.messages.value.get(1));
  await theirs.delete(2);
  await waitForValue(mine.messages, (m) => m.get(2)?.deleted === true, "the deletion");
  expect(texts(mine)).toEqual(["hej!", null]);
  await Promise.all([doe.expectInSync(), roe.expectInSync()]);
});

test("the messages of others cannot be edited", async () => {
  const moe = await fixture.open({ nick: "moe" });
  const room = await moe.join();
  const refusal = await room.edit(1, "mine").catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ApiError);
  expect((refusal as ApiError).problem).toMatchObject({ status: 403, code: "forbidden" });
});

test("older messages load without a gap, and with the changes made meanwhile", async () => {
  for (let n = 0; n < 130; n++) {
    await call(fixture.server.url, "/chat/rooms/kundtjanst/messages", { body: { text: `${n}`, nick: "mos" }, guest: "g".repeat(32) });
  }
  const zoe = await fixture.open({ nick: "zoe" });
  const room = await zoe.join("kundtjanst");
  expect([...room.messages.value.keys()]).toEqual(Array.from({ length: 50 }, (_, index) => 81 + index));
  expect(room.hasOlder.value).toBe(true);
  const path = (id: number) => `/chat/rooms/kundtjanst/messages/${id}`;
  const change = { method: "PATCH", body: { text: "changed" }, guest: "g".repeat(32) };
  const concurrent = call<Message>(fixture.server.url, path(75), change);
  await Promise.all([room.loadOlder(), room.loadOlder(), concurrent]);
  expect(room.messages.value.size).toBe(100);
  await call(fixture.server.url, path(10), change);
  await zoe.expectInSync("kundtjanst");
  await room.loadOlder();
  expect(room.hasOlder.value).toBe(false);
  await room.loadOlder();
  expect(room.messages.value.size).toBe(130);
  await zoe.expectInSync("kundtjanst");
});

test("members join, type and leave", async () => {
  const [ann, bob] = await Promise.all([fixture.open({ nick: "ann" }), fixture.open({ nick: "bob" })]);
  const room = await ann.join();
  const other = await bob.join();
  const hasBob = (members: readonly Member[]) => members.some(({ nick }) => nick === "bob");
  await waitForValue(room.members, hasBob, "bob to join");
  other.sendTyping();
  await waitForValue(room.typing, (nicks) => nicks.includes("bob"), "bob to type");
  other.post("written");
  await waitForValue(room.typing, (nicks) => nicks.length === 0, "bob to stop typing");
  await other.leave();
  await waitForValue(room.members, (members) => !hasBob(members), "bob to leave");
  expect(other.messages.value.size).toBe(0);
  expect(other.joined.value).toBe(false);
});

test("joining an unknown room fails", async () => {
  const joe = await fixture.open({ nick: "joe" });
  const refusal = await joe.room("attic").join().catch((error: unknown) => error);
  expect((refusal as ApiError).problem.code).toBe("not_found");
  await joe.waitLive();
});

test("commands: stored texts match their pending posts, output is a notice, a new nick is kept", async () => {
  const [renamed, observer] = await Promise.all([fixture.open({ nick: "old" }), fixture.open({ nick: "watcher" })]);
  const [room, other] = await Promise.all([renamed.join(), observer.join()]);
  const stored = new Set(["*waves*", "/slash"]);
  const shownTwice: string[] = [];
  const check = () => {
    const shown = [...room.pending.value, ...room.messages.value.values()].map(({ text }) => text);
    if (shown.includes("/me waves") && shown.includes("*waves*")) shownTwice.push("waves");
    if (shown.includes("//slash") && shown.includes("/slash")) shownTwice.push("slash");
  };
  room.messages.subscribe(check);
  room.pending.subscribe(check);
  for (const text of ["/me waves", "//slash", "/clients", "/nick new", "as new"]) room.post(text);
  await renamed.waitPosted();
  expect(shownTwice).toEqual([]);
  expect(texts(room).slice(-3)).toEqual([...stored, "as new"]);
  expect(renamed.client.notices.value).toHaveLength(2);
  expect(renamed.client.me.value.nick).toBe("new");
  await waitForValue(other.members, (members) => members.some(({ nick }) => nick === "new"), "the new nick, in the other client");
  await waitForValue(room.members, (members) => members.some(({ nick }) => nick === "new"), "the new nick");
  renamed.proxy.resetConnections();
  await renamed.waitOffline();
  await renamed.expectInSync();
  expect(renamed.client.me.value.nick).toBe("new");
});
