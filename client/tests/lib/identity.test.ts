import { beforeAll, describe, expect, test } from "vitest";
import { ApiError, call, connect } from "../../src/lib/index.js";
import { createAccount } from "./support/accounts.js";
import { useServer } from "./support/fixture.js";
import { texts } from "./support/test-client.js";
import { waitForValue, waitUntil } from "./support/wait.js";

const fixture = useServer();

test("the refusal of a taken nick is final until the client has another identity", async () => {
  const doe = await fixture.open({ nick: "doe" });
  await doe.join();
  const other = await fixture.open({ nick: "doe" });
  await waitForValue(other.client.status, (status) => status === "refused", "the refusal");
  expect(other.client.problem.value).toMatchObject({ status: 409, code: "nick_taken" });
  await expect(other.room().edit(1, "x")).rejects.toMatchObject({ problem: { code: "nick_taken" } });
  other.client.identify({ nick: "roe" });
  await other.waitLive();
  expect(other.client.me.value).toEqual({ nick: "roe", user: null });
  expect(other.client.problem.value).toBeNull();
});

test("the refusal of a bad token is final until there is a valid one; rooms are kept", async () => {
  const ann = await fixture.open({ token: "bad" });
  const joining = ann.room().join();
  await waitForValue(ann.client.problem, (problem) => problem?.code === "bad_token", "the refusal");
  ann.client.identify({ token: await createAccount(fixture.server.url, "ann") });
  await joining;
  await ann.waitLive();
  expect(ann.client.me.value.user).toMatchObject({ email: "ann@example.com", role: "member" });
  ann.room().post("as a user");
  await ann.waitPosted();
  expect([...ann.room().messages.value.values()].at(-1)).toMatchObject({ nick: "ann", verified: true });
});

test("if the nick is taken while the client is offline, posts fail until there is another nick", async () => {
  const moe = await fixture.open({ nick: "moe" });
  const room = await moe.join();
  moe.goOffline();
  await moe.waitOffline();
  const other = await fixture.open({ nick: "moe" });
  await other.waitLive();
  room.post("posted offline");
  moe.goOnline();
  await waitForValue(room.pending, ([post]) => post?.problem?.code === "nick_required", "the refusal");
  await moe.waitLive();
  expect(moe.client.problem.value).toMatchObject({ code: "nick_taken" });
  moe.client.identify({ nick: "joe" });
  await moe.waitPosted();
  await moe.expectInSync();
  expect([...room.messages.value.values()].at(-1)).toMatchObject({ nick: "joe", text: "posted offline" });
});

test("what is answered to the identity before changes nothing of the next", async () => {
  const zed = await fixture.open({ nick: "zed" });
  await zed.join();
  zed.room().post("/nick zedd");
  zed.client.identify({ nick: "zoo" });
  await waitForValue(zed.client.me, ({ nick }) => nick === "zoo", "the nick");
  await zed.waitLive();
  expect(zed.client.me.value.nick).toBe("zoo");
});

test("the identity may change at any moment of connecting", async () => {
  for (let moment = 0; moment < 40; moment++) {
    const transports = moment % 2 ? ["websocket"] : ["polling", "websocket"];
    const guest = await fixture.open({ transports });
    // With a second namespace the connection stays open when the first one disconnects.
    void guest.client.reports.open();
    await new Promise((resolve) => setTimeout(resolve, moment));
    guest.client.identify({ nick: `early${moment}` });
    guest.client.identify({ nick: `n${moment}` });
    await waitForValue(guest.client.me, ({ nick }) => nick === `n${moment}`, `the nick n${moment}`);
    await guest.waitLive();
    expect(guest.client.me.value.nick).toBe(`n${moment}`);
    guest.close();
  }
});

test("a guest is the same sender after a reload, and may edit", async () => {
  const zoe = await fixture.open({ nick: "zoe" });
  const room = await zoe.join();
  room.post("before");
  await zoe.waitPosted();
  zoe.reload();
  const reloaded = await zoe.join();
  const id = [...reloaded.messages.value.keys()].at(-1) ?? 0;
  await reloaded.edit(id, "after");
  expect(texts(reloaded).at(-1)).toBe("after");
});

describe("a room for members", () => {
  let token: string;
  beforeAll(async () => {
    await fixture.server.flask("users", "create", "--owner", "--email", "own@example.com", "--nick", "own", "--password", "long enough");
    ({ token } = await call<{ token: string }>(fixture.server.url, "/login", {
      body: { email: "own@example.com", password: "long enough" },
    }));
    await call(fixture.server.url, "/chat/rooms", { body: { name: "board", guests: "none" }, token });
  });

  test("refuses a guest until login", async () => {
    const guest = await fixture.open({ nick: "guest1" });
    const refusal = (await guest.room("board").join().catch((error: unknown) => error)) as ApiError;
    expect(refusal.problem.code).toBe("members_only");
    await guest.waitLive();
    guest.client.identify({ nick: null, token: await createAccount(fixture.server.url, "member1") });
    await waitForValue(guest.room("board").joined, (joined) => joined, "the room to be joined");
  });

  test("removes a guest when it is closed to guests", async () => {
    await call(fixture.server.url, "/chat/rooms", { body: { name: "open" }, token });
    const guest = await fixture.open({ nick: "guest2" });
    const room = await guest.join("open");
    room.post("in");
    await guest.waitPosted("open");
    await call(fixture.server.url, "/chat/rooms/open", { method: "PATCH", body: { guests: "none" }, token });
    await waitForValue(room.joined, (joined) => !joined, "the removal");
    expect(room.messages.value.size).toBe(0);
    await guest.waitLive();
  });
});

test("requests of a closed client fail", async () => {
  const client = connect({ url: fixture.server.url, storage: null });
  client.close();
  expect(client.status.value).toBe("closed");
  await expect(client.room("lobby").edit(1, "x")).rejects.toMatchObject({ problem: { code: "closed" } });
});

describe("with tokens that expire after seconds", () => {
  const hasty = useServer({ ME_API_TOKEN_HOURS: String(3 / 3600) });

  test("a post with an expired token fails, the client says why, and it is posted after a login as the same user", async () => {
    const token = await createAccount(hasty.server.url, "eve");
    const eve = await hasty.open({ token });
    const room = await eve.join();
    await waitUntil(async () => {
      room.post("hej");
      await waitForValue(room.pending, ([post]) => post === undefined || post.state === "failed", "an answer");
      return room.pending.value.length > 0;
    }, "the token to expire");
    expect(room.pending.value[0]?.problem?.code).toBe("expired_token");
    await waitForValue(eve.client.problem, (problem) => problem?.code === "expired_token", "the reason");
    await waitForValue(eve.client.status, (status) => status === "refused", "the refusal");
    const { url } = hasty.server;
    eve.client.identify({ token: null, nick: "a guest" });
    await eve.waitLive();
    expect(room.pending.value[0]?.state).toBe("failed");
    const again = await call<{ token: string }>(url, "/login", { body: { email: "eve@example.com", password: "long enough" } });
    eve.client.identify({ token: again.token, nick: null });
    await eve.waitPosted();
    expect([...room.messages.value.values()].at(-1)).toMatchObject({ nick: "eve", verified: true, text: "hej" });
  });
});
