/** What happens to rooms while clients are in them: closed to guests, deleted. */

import { beforeAll, expect, test } from "vitest";
import { call } from "../../src/lib/index.js";
import { useServer } from "./support/fixture.js";
import { waitForValue, waitUntil } from "./support/wait.js";

const fixture = useServer();
let token: string;
beforeAll(async () => {
  const account = { email: "mos@example.com", password: "long enough" };
  await fixture.server.flask("users", "create", "--owner", "--email", account.email, "--password", account.password);
  ({ token } = await call<{ token: string }>(fixture.server.url, "/login", { body: account }));
});

const create = (name: string) => call(fixture.server.url, "/chat/rooms", { body: { name }, token });

test("a deleted room ends, says why, and refuses what waits for it", async () => {
  await create("old");
  const kim = await fixture.open({ nick: "kim" });
  const away = await fixture.open({ nick: "away" });
  const rooms = [await kim.join("old"), await away.join("old")] as const;
  rooms[0].post("hej");
  await waitUntil(() => rooms.every((room) => room.messages.value.size === 1), "the message");
  expect(rooms[0].problem.value).toBeNull();
  away.goOffline();
  await away.waitOffline();
  const waiting = rooms[1].post("written meanwhile");
  await call(fixture.server.url, "/chat/rooms/old", { method: "DELETE", token });
  away.goOnline();
  for (const room of rooms) {
    await waitForValue(room.problem, (problem) => problem?.code === "room_deleted", "the end of the room");
    expect(room.joined.value).toBe(false);
    expect(room.messages.value.size).toBe(0);
  }
  const failed = await waitForValue(rooms[1].pending, ([post]) => post?.state === "failed", "the refusal of the post");
  expect(failed[0]).toMatchObject({ key: waiting.key, problem: { code: "room_deleted" } });
  expect(kim.client.status.value).toBe("live");
  await expect(kim.join("old")).rejects.toMatchObject({ problem: { code: "room_deleted" } });
});

test("a guest who is removed from a closed room is in it again after a login", async () => {
  await create("members");
  const ann = await fixture.open({ nick: "ann" });
  const room = await ann.join("members");
  await call(fixture.server.url, "/chat/rooms/members", { method: "PATCH", body: { guests: "none" }, token });
  await waitForValue(room.problem, (problem) => problem?.code === "members_only", "the closed room");
  ann.client.identify({ nick: null, token });
  await waitForValue(room.joined, (joined) => joined, "the room");
  expect(room.problem.value).toBeNull();
});

test("a room that does not exist says so, until it does", async () => {
  const bob = await fixture.open({ nick: "bob" });
  await expect(bob.join("later")).rejects.toThrow();
  expect(bob.room("later").problem.value).toMatchObject({ code: "not_found" });
  await create("later");
  await bob.join("later");
  expect(bob.room("later").problem.value).toBeNull();
});
