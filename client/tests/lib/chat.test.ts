import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/lib/index.js";
import { Server } from "./support/server.js";
import { value } from "./support/wait.js";

let server: Server;
beforeAll(async () => void (server = await Server.start()));
afterAll(() => server.close());

test("two chat", async () => {
  const doe = connect({ url: server.url, nick: "doe" });
  const roe = connect({ url: server.url, nick: "roe" });
  const here = doe.room("lobby");
  const there = roe.room("lobby");
  await Promise.all([here.join(), there.join()]);
  here.post("hej");
  await value(there.messages, (m) => m.size === 1, "the message");
  there.post("hej hej");
  const seen = await value(here.messages, (m) => m.size === 2, "the answer");
  expect([...seen.values()].map((m) => m.text)).toEqual(["hej", "hej hej"]);
  await value(here.pending, (p) => p.length === 0, "nothing pending");
  await value(doe.status, (s) => s === "live", "live");
  doe.close();
  roe.close();
});
