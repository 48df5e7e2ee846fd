/** Refusals that end: a ban is lifted, a room is opened or created, and the client goes on by itself. */

import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { call } from "../../src/lib/index.js";
import { connectAgainAfter, joinAgainAfter } from "../../src/lib/ending.js";
import { useServer } from "./support/fixture.js";
import { texts } from "./support/test-client.js";
import { waitForValue } from "./support/wait.js";

// Without pings: the client, whose timers the test moves, would miss one and connect again.
const fixture = useServer({ ME_API_PING_INTERVAL: "3600" });
let token: string;
beforeAll(async () => {
  const account = { email: "mos@example.com", password: "long enough" };
  await fixture.server.flask("users", "create", "--owner", "--email", account.email, "--password", account.password);
  ({ token } = await call<{ token: string }>(fixture.server.url, "/login", { body: account }));
});
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true }));
afterEach(() => void vi.useRealTimers());

const owner = <T>(path: string, options: object) => call<T>(fixture.server.url, path, { ...options, token });
const ban = (body: object) => owner<{ id: number; until: string }>("/moderation/bans", { body });
const lift = (id: number) => owner(`/moderation/bans/${id}`, { method: "DELETE" });
const post = (text: string) => owner("/chat/rooms/lobby/messages", { body: { text } });

test("a client that is banned from the site connects when the ban is lifted, and missed nothing", async () => {
  const kim = await fixture.open({ nick: "kim" });
  const room = await kim.join();
  const statuses: string[] = [];
  kim.client.status.subscribe((status) => statuses.push(status));
  const { id, until } = await ban({ member: { room: "lobby", nick: "kim" }, minutes: 5, reason: "noise" });
  await waitForValue(kim.client.status, (status) => status === "refused", "the ban");
  expect(kim.client.problem.value).toMatchObject({ code: "banned", room: null, until, reason: "noise" });
  expect(statuses).toEqual(["live", "refused"]);
  // What is written meanwhile is refused, and not posted later.
  const { key } = room.post("while banned");
  expect(room.pending.value).toMatchObject([{ state: "failed", problem: { code: "banned" } }]);
  room.retry(key);
  expect(room.pending.value).toMatchObject([{ key, state: "failed" }]);
  await post("meanwhile");
  await lift(id);
  vi.advanceTimersByTime(30_000);
  await kim.waitLive();
  expect(kim.client.problem.value).toBeNull();
  expect(texts(room)).toContain("meanwhile");
  expect(room.pending.value).toMatchObject([{ key, state: "failed" }]);
  room.retry(key);
  await kim.waitPosted();
});

test("a client that is banned from a room is in it when the ban is lifted", async () => {
  const ann = await fixture.open({ nick: "ann" });
  const room = await ann.join();
  const { id, until } = await ban({ member: { room: "lobby", nick: "ann" }, room: "lobby", minutes: 5, reason: "noise" });
  const problem = await waitForValue(room.problem, (refusal) => refusal?.code === "banned", "the ban");
  expect(problem).toMatchObject({ room: "lobby", until, reason: "noise" });
  await lift(id);
  vi.advanceTimersByTime(30_000);
  await waitForValue(room.joined, (joined) => joined, "the room");
  expect(room.problem.value).toBeNull();
});

test("a client is in a room that is opened to guests, or created, after it wanted to be", async () => {
  const bob = await fixture.open({ nick: "bob" });
  await expect(bob.join("later")).rejects.toThrow();
  await owner("/chat/rooms", { body: { name: "later", guests: "none" } });
  vi.advanceTimersByTime(30_000);
  await waitForValue(bob.room("later").problem, (problem) => problem?.code === "members_only", "the closed room");
  await owner("/chat/rooms/later", { method: "PATCH", body: { guests: "post" } });
  vi.advanceTimersByTime(30_000);
  await waitForValue(bob.room("later").joined, (joined) => joined, "the room");
});

test("what was left, deleted or refused for good is not tried again", async () => {
  const eve = await fixture.open({ nick: "eve" });
  await expect(eve.join("never")).rejects.toThrow();
  await eve.room("never").leave();
  await owner("/chat/rooms", { body: { name: "never" } });
  vi.advanceTimersByTime(30_000);
  await eve.join();
  expect(eve.room("never").joined.value).toBe(false);
  const refused = { status: 410, code: "room_deleted", title: "Gone", detail: "" };
  expect([joinAgainAfter(refused), connectAgainAfter({ ...refused, code: "nick_taken" })]).toEqual([null, null]);
});

test("a ban that ends soon is waited for; of another the client asks every half minute", () => {
  const banned = { status: 403, code: "banned", title: "Forbidden", detail: "" };
  const after = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();
  expect(connectAgainAfter({ ...banned, until: null })).toBe(30_000);
  expect(connectAgainAfter({ ...banned, until: after(3_600_000) })).toBe(30_000);
  expect(connectAgainAfter({ ...banned, until: after(-3_600_000) })).toBe(30_000);
  const soon = connectAgainAfter({ ...banned, until: after(5_000) });
  expect(soon).toBeGreaterThan(4_000);
  expect(soon).toBeLessThanOrEqual(5_100);
});
