import { expect, test } from "vitest";
import { ApiError, call, type Member, type Message } from "../../src/lib/index.js";
import { texts } from "./support/test-client.js";
import { scene } from "./support/fixture.js";
import { value } from "./support/wait.js";

const here = scene();

test("two chat, edit and delete", async () => {
  const [doe, roe] = await Promise.all([here.enter({ nick: "doe" }), here.enter({ nick: "roe" })]);
  const [mine, theirs] = await Promise.all([doe.joined(), roe.joined()]);
  mine.post("hej");
  await value(theirs.messages, (m) => m.size === 1, "the message");
  theirs.post("hej hej");
  await value(mine.messages, (m) => m.size === 2, "the answer");
  const edited = await mine.edit(1, "hej!");
  expect(edited).toEqual(mine.messages.value.get(1));
  await theirs.delete(2);
  await value(mine.messages, (m) => m.get(2)?.deleted === true, "the deletion");
  expect(texts(mine)).toEqual(["hej!", null]);
  await Promise.all([doe.agrees(), roe.agrees()]);
});

test("what is not one's own cannot be changed", async () => {
  const roe = await here.enter({ nick: "moe" });
  const room = await roe.joined();
  const refusal = await room.edit(1, "mine").catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ApiError);
  expect((refusal as ApiError).problem).toMatchObject({ status: 403, code: "forbidden" });
});

test("older messages load without a hole, and with what was changed meanwhile", async () => {
  for (let n = 0; n < 130; n++) {
    await call(here.server.url, "/chat/rooms/kundtjanst/messages", { body: { text: `${n}`, nick: "mos" }, guest: "g".repeat(32) });
  }
  const doe = await here.enter({ nick: "zoe" });
  const room = await doe.joined("kundtjanst");
  expect([...room.messages.value.keys()]).toEqual(Array.from({ length: 50 }, (_, at) => 81 + at));
  expect(room.hasOlder.value).toBe(true);
  const path = (id: number) => `/chat/rooms/kundtjanst/messages/${id}`;
  const change = { method: "PATCH", body: { text: "changed" }, guest: "g".repeat(32) };
  const before = call<Message>(here.server.url, path(75), change);
  await Promise.all([room.loadOlder(), room.loadOlder(), before]);
  expect(room.messages.value.size).toBe(100);
  await call(here.server.url, path(10), change);
  await doe.agrees("kundtjanst");
  await room.loadOlder();
  expect(room.hasOlder.value).toBe(false);
  await room.loadOlder();
  expect(room.messages.value.size).toBe(130);
  await doe.agrees("kundtjanst");
});

test("who is here, who writes, who left", async () => {
  const [doe, roe] = await Promise.all([here.enter({ nick: "ann" }), here.enter({ nick: "bob" })]);
  const room = await doe.joined();
  const other = await roe.joined();
  const hasBob = (members: readonly Member[]) => members.some(({ nick }) => nick === "bob");
  await value(room.members, hasBob, "bob");
  other.sendTyping();
  await value(room.typing, (nicks) => nicks.includes("bob"), "bob typing");
  other.post("written");
  await value(room.typing, (nicks) => nicks.length === 0, "bob having written");
  await other.leave();
  await value(room.members, (members) => !hasBob(members), "bob gone");
  expect(other.messages.value.size).toBe(0);
  expect(other.joined.value).toBe(false);
});

test("a room that is not there", async () => {
  const doe = await here.enter({ nick: "joe" });
  const refusal = await doe.room("attic").join().catch((error: unknown) => error);
  expect((refusal as ApiError).problem.code).toBe("not_found");
  await doe.live();
});

test("commands: what they store is recognised, what they tell is a notice, a new nick stays", async () => {
  const [doe, roe] = await Promise.all([here.enter({ nick: "old" }), here.enter({ nick: "watcher" })]);
  const [room, other] = await Promise.all([doe.joined(), roe.joined()]);
  const written = new Set(["*waves*", "/slash"]);
  const faults: string[] = [];
  const once = () => {
    const shown = [...room.pending.value, ...room.messages.value.values()].map(({ text }) => text);
    if (shown.includes("/me waves") && shown.includes("*waves*")) faults.push("waves");
    if (shown.includes("//slash") && shown.includes("/slash")) faults.push("slash");
  };
  room.messages.subscribe(once);
  room.pending.subscribe(once);
  for (const text of ["/me waves", "//slash", "/clients", "/nick new", "as new"]) room.post(text);
  await doe.posted();
  expect(faults).toEqual([]);
  expect(texts(room).slice(-3)).toEqual([...written, "as new"]);
  expect(doe.client.notices.value).toHaveLength(2);
  expect(doe.client.me.value.nick).toBe("new");
  await value(other.members, (members) => members.some(({ nick }) => nick === "new"), "the new nick");
  await value(room.members, (members) => members.some(({ nick }) => nick === "new"), "one's own new nick");
  doe.proxy.cut();
  await doe.away();
  await doe.agrees();
  expect(doe.client.me.value.nick).toBe("new");
});
