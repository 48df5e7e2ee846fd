import { describe, expect, test } from "vitest";
import { call } from "../../src/lib/index.js";
import { useServer } from "./support/fixture.js";
import { texts } from "./support/test-client.js";
import { waitForValue, withTimeout } from "./support/wait.js";

const GUEST = "g".repeat(32);

describe.each([["polling and WebSocket", undefined], ["WebSocket only", ["websocket"]]])("with %s", (_, transports) => {
  const fixture = useServer();

  test("a client that was offline while others posted, edited and deleted is in sync again", async () => {
    const [doe, roe] = await Promise.all([fixture.open({ nick: "doe", transports }), fixture.open({ nick: "roe", transports })]);
    const [mine, theirs] = await Promise.all([doe.join(), roe.join()]);
    for (const text of ["one", "two", "three"]) theirs.post(text);
    await roe.waitPosted();
    await waitForValue(mine.messages, (m) => m.size === 3, "all three messages");
    doe.goOffline();
    await doe.waitOffline();
    await theirs.edit(1, "first");
    await theirs.delete(2);
    theirs.post("four");
    await roe.waitPosted();
    expect(texts(mine)).toEqual(["one", "two", "three"]);
    const rejoined = mine.join();
    doe.goOnline();
    await withTimeout(rejoined, "the room to be joined again");
    await doe.expectInSync();
    expect(texts(mine)).toEqual(["first", null, "three", "four"]);
  });

  test("a post made while the server is down is stored once", async () => {
    const moe = await fixture.open({ nick: "moe", transports });
    const room = await moe.join();
    await fixture.server.kill();
    await moe.waitOffline();
    room.post("to a killed server");
    await fixture.server.start();
    await moe.waitPosted();
    await moe.expectInSync();
    expect(texts(room).filter((text) => text === "to a killed server")).toHaveLength(1);
  });

  test("a client reconnects after a graceful restart, at the time that the server assigns", async () => {
    const zoe = await fixture.open({ nick: "zoe", transports });
    await zoe.join();
    await fixture.server.stop();
    await fixture.server.start();
    await zoe.expectInSync();
  });
});

describe("if the server cannot recover the session", () => {
  const fixture = useServer({ ME_API_RECOVERY_LIMIT: "3" });
  const post = (text: string) => call(fixture.server.url, "/chat/rooms/lobby/messages", { body: { text, nick: "mos" }, guest: GUEST });

  async function postMany(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 50) {
      await Promise.all(Array.from({ length: Math.min(50, left) }, (_, n) => post(`${left - n}`)));
    }
  }

  test("the changes contain what was missed; edits of messages that are not loaded make no gap", async () => {
    await postMany(60);
    const doe = await fixture.open({ nick: "doe" });
    const room = await doe.join();
    doe.goOffline();
    await doe.waitOffline();
    await postMany(250);
    const change = { method: "PATCH", body: { text: "changed" }, guest: GUEST };
    await call(fixture.server.url, "/chat/rooms/lobby/messages/2", change);
    await call(fixture.server.url, "/chat/rooms/lobby/messages/30", change);
    doe.goOnline();
    await doe.expectInSync();
    expect([...room.messages.value.keys()]).toEqual(Array.from({ length: 300 }, (_, index) => 11 + index));
  });

  test("after too many changes the room starts over with the newest page", async () => {
    const moe = await fixture.open({ nick: "moe" });
    const room = await moe.join();
    moe.goOffline();
    await moe.waitOffline();
    await postMany(1100);
    moe.goOnline();
    await moe.expectInSync();
    expect(room.messages.value.size).toBe(50);
    expect(room.hasOlder.value).toBe(true);
    await room.loadOlder(200);
    await moe.expectInSync();
  });

  test("a new database replaces the messages, and pending posts are sent to it", async () => {
    const zoe = await fixture.open({ nick: "zoe" });
    const room = await zoe.join();
    await fixture.server.kill();
    await zoe.waitOffline();
    room.post("to the new database");
    await fixture.server.deleteDatabase();
    await fixture.server.start();
    await zoe.waitPosted();
    await zoe.expectInSync();
    expect(texts(room)).toEqual(["to the new database"]);
  });
});
