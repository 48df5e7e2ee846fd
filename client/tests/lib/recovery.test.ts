import { describe, expect, test } from "vitest";
import { call } from "../../src/lib/index.js";
import { texts } from "./support/test-client.js";
import { scene } from "./support/fixture.js";
import { value, within } from "./support/wait.js";

const GUEST = "g".repeat(32);

describe.each([["polling and WebSocket", undefined], ["WebSocket only", ["websocket"]]])("by %s", (_, transports) => {
  const here = scene();

  test("who is cut off while others write, edit and delete comes back to the same", async () => {
    const [doe, roe] = await Promise.all([here.enter({ nick: "doe", transports }), here.enter({ nick: "roe", transports })]);
    const [mine, theirs] = await Promise.all([doe.joined(), roe.joined()]);
    for (const text of ["one", "two", "three"]) theirs.post(text);
    await roe.posted();
    await value(mine.messages, (m) => m.size === 3, "all three");
    doe.goOffline();
    await doe.away();
    await theirs.edit(1, "first");
    await theirs.delete(2);
    theirs.post("four");
    await roe.posted();
    expect(texts(mine)).toEqual(["one", "two", "three"]);
    const again = mine.join();
    doe.goOnline();
    await within(again, "being in again");
    await doe.agrees();
    expect(texts(mine)).toEqual(["first", null, "three", "four"]);
  });

  test("a server that was killed", async () => {
    const doe = await here.enter({ nick: "moe", transports });
    const room = await doe.joined();
    await here.server.kill();
    await doe.away();
    room.post("into the dark");
    await here.server.start();
    await doe.posted();
    await doe.agrees();
    expect(texts(room).filter((text) => text === "into the dark")).toHaveLength(1);
  });

  test("a server that says goodbye, and says when to come back", async () => {
    const doe = await here.enter({ nick: "zoe", transports });
    await doe.joined();
    await here.server.stop();
    await here.server.start();
    await doe.agrees();
  });
});

describe("where the server cannot recover", () => {
  const here = scene({ ME_API_RECOVERY_LIMIT: "3" });
  const say = (text: string) => call(here.server.url, "/chat/rooms/lobby/messages", { body: { text, nick: "mos" }, guest: GUEST });

  async function many(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 50) {
      await Promise.all(Array.from({ length: Math.min(50, left) }, (_, n) => say(`${left - n}`)));
    }
  }

  test("changes bring what was missed, edits of what is not loaded make no hole", async () => {
    await many(60);
    const doe = await here.enter({ nick: "doe" });
    const room = await doe.joined();
    doe.goOffline();
    await doe.away();
    await many(250);
    const change = { method: "PATCH", body: { text: "changed" }, guest: GUEST };
    await call(here.server.url, "/chat/rooms/lobby/messages/2", change);
    await call(here.server.url, "/chat/rooms/lobby/messages/30", change);
    doe.goOnline();
    await doe.agrees();
    expect([...room.messages.value.keys()]).toEqual(Array.from({ length: 300 }, (_, at) => 11 + at));
  });

  test("after too many changes it begins anew with the newest page", async () => {
    const doe = await here.enter({ nick: "moe" });
    const room = await doe.joined();
    doe.goOffline();
    await doe.away();
    await many(1100);
    doe.goOnline();
    await doe.agrees();
    expect(room.messages.value.size).toBe(50);
    expect(room.hasOlder.value).toBe(true);
    await room.loadOlder(200);
    await doe.agrees();
  });

  test("another log is another world, but what was written goes into it", async () => {
    const doe = await here.enter({ nick: "zoe" });
    const room = await doe.joined();
    await here.server.kill();
    await doe.away();
    room.post("hej, new world");
    await here.server.forget();
    await here.server.start();
    await doe.posted();
    await doe.agrees();
    expect(texts(room)).toEqual(["hej, new world"]);
  });
});
