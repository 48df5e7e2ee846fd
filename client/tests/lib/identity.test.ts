import { beforeAll, describe, expect, test } from "vitest";
import { ApiError, call, connect } from "../../src/lib/index.js";
import { texts } from "./support/test-client.js";
import { account } from "./support/accounts.js";
import { scene } from "./support/fixture.js";
import { value } from "./support/wait.js";

const here = scene();

test("a taken nick is final until one is somebody else", async () => {
  const doe = await here.enter({ nick: "doe" });
  await doe.joined();
  const other = await here.enter({ nick: "doe" });
  await value(other.client.status, (status) => status === "refused", "the refusal");
  expect(other.client.problem.value).toMatchObject({ status: 409, code: "nick_taken" });
  await expect(other.room().edit(1, "x")).rejects.toMatchObject({ problem: { code: "nick_taken" } });
  other.client.identify({ nick: "roe" });
  await other.live();
  expect(other.client.me.value).toEqual({ nick: "roe", user: null });
  expect(other.client.problem.value).toBeNull();
});

test("a bad token is final until there is a better one, rooms stay", async () => {
  const ann = await here.enter({ token: "bad" });
  const joining = ann.room().join();
  await value(ann.client.problem, (problem) => problem?.code === "bad_token", "the refusal");
  ann.client.identify({ token: await account(here.server.url, "ann") });
  await joining;
  await ann.live();
  expect(ann.client.me.value.user).toMatchObject({ email: "ann@example.com", role: "member" });
  ann.room().post("as myself");
  await ann.posted();
  expect([...ann.room().messages.value.values()].at(-1)).toMatchObject({ nick: "ann", verified: true });
});

test("a nick that was taken while one was away", async () => {
  const doe = await here.enter({ nick: "moe" });
  const room = await doe.joined();
  doe.goOffline();
  await doe.away();
  const thief = await here.enter({ nick: "moe" });
  await thief.live();
  room.post("whose words?");
  doe.goOnline();
  await value(room.pending, ([one]) => one?.problem?.code === "nick_required", "the refusal");
  await doe.live();
  expect(doe.client.problem.value).toMatchObject({ code: "nick_taken" });
  doe.client.identify({ nick: "joe" });
  await doe.posted();
  await doe.agrees();
  expect([...room.messages.value.values()].at(-1)).toMatchObject({ nick: "joe", text: "whose words?" });
});

test("one becomes somebody at any moment of coming in", async () => {
  for (let moment = 0; moment < 40; moment++) {
    const transports = moment % 2 ? ["websocket"] : ["polling", "websocket"];
    const one = await here.enter({ transports });
    // With a second namespace the connection stays open when the first one leaves.
    void one.client.reports.open();
    await new Promise((done) => setTimeout(done, moment));
    one.client.identify({ nick: `early${moment}` });
    one.client.identify({ nick: `n${moment}` });
    await value(one.client.me, ({ nick }) => nick === `n${moment}`, `being n${moment}`);
    await one.live();
    expect(one.client.me.value.nick).toBe(`n${moment}`);
    one.close();
  }
});

test("a guest is the same after a reload, and may edit", async () => {
  const doe = await here.enter({ nick: "zoe" });
  const room = await doe.joined();
  room.post("before");
  await doe.posted();
  doe.reload();
  const again = await doe.joined();
  const id = [...again.messages.value.keys()].at(-1) ?? 0;
  await again.edit(id, "after");
  expect(texts(again).at(-1)).toBe("after");
});

describe("a room for members", () => {
  let owner: string;
  beforeAll(async () => {
    await here.server.flask("users", "create", "--owner", "--email", "own@example.com", "--nick", "own", "--password", "long enough");
    ({ token: owner } = await call<{ token: string }>(here.server.url, "/login", {
      body: { email: "own@example.com", password: "long enough" },
    }));
    await call(here.server.url, "/chat/rooms", { body: { name: "board", guests: "none" }, token: owner });
  });

  test("refuses a guest, and lets them in once they have logged in", async () => {
    const doe = await here.enter({ nick: "guest1" });
    const refusal = (await doe.room("board").join().catch((error: unknown) => error)) as ApiError;
    expect(refusal.problem.code).toBe("members_only");
    await doe.live();
    doe.client.identify({ nick: null, token: await account(here.server.url, "member1") });
    await value(doe.room("board").joined, (joined) => joined, "being in");
  });

  test("that is closed while a guest is inside sends them away", async () => {
    await call(here.server.url, "/chat/rooms", { body: { name: "open" }, token: owner });
    const doe = await here.enter({ nick: "guest2" });
    const room = await doe.joined("open");
    room.post("in");
    await doe.posted("open");
    await call(here.server.url, "/chat/rooms/open", { method: "PATCH", body: { guests: "none" }, token: owner });
    await value(room.joined, (joined) => !joined, "being sent away");
    expect(room.messages.value.size).toBe(0);
    await doe.live();
  });
});

test("a client that was closed says so", async () => {
  const client = connect({ url: here.server.url, storage: null });
  client.close();
  expect(client.status.value).toBe("closed");
  await expect(client.room("lobby").edit(1, "x")).rejects.toMatchObject({ problem: { code: "closed" } });
});
