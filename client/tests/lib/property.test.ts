/**
 * Whatever happens (reset connections, killed servers, reloads, edits, deletions), a client equals
 * what REST returns, and its posts are stored once, in order, and always shown once.
 */

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Member, type Message, call } from "../../src/lib/index.js";
import { createAccount } from "./support/accounts.js";
import { useServer } from "./support/fixture.js";
import { RandomClient } from "./support/random-client.js";
import type { TestClient } from "./support/test-client.js";
import { waitUntil } from "./support/wait.js";

/** For more runs: RUNS=100 npx vitest run property. */
const RUNS = Number(process.env["RUNS"] ?? 8);
const CLIENTS = 3;
const ROOMS = 2;

const client = fc.nat(CLIENTS - 1);
const room = fc.nat(ROOMS - 1);
const pick = fc.nat();
const action = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant("post" as const), client, room }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("edit" as const), client, room, pick }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("delete" as const), client, room, pick }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom("reset" as const, "offline" as const), client }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom("online" as const, "reload" as const), client }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom("drop" as const, "wait" as const), client }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("leave" as const, "join" as const), client, room }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
);
type ServerOrClientAction = typeof action extends fc.Arbitrary<infer T> ? T : never;

describe.each([
  ["recovers", { ME_API_RECOVERY_LIMIT: "10000" }, ["websocket"]],
  ["often cannot recover", { ME_API_RECOVERY_LIMIT: "2" }, undefined],
])("if the server %s", (_, settings, transports) => {
  const fixture = useServer(settings);
  let token: string;
  let run = 0;
  beforeAll(async () => void (token = await createAccount(fixture.server.url, "host")));

  async function perform(actions: ServerOrClientAction[]): Promise<void> {
    run++;
    const rooms = Array.from({ length: ROOMS }, (_, n) => `run${run}-${n}`);
    for (const name of rooms) await call(fixture.server.url, "/chat/rooms", { body: { name }, token });
    const clients: RandomClient[] = [];
    for (let n = 0; n < CLIENTS; n++) {
      const opened = await fixture.open({ nick: `client${run}-${n}`, transports, reconnectionDelay: 10 });
      clients.push(await RandomClient.create(opened, n, rooms));
    }
    for (const next of actions) {
      if (next.type === "restart") await fixture.server.restart();
      else await clients[next.client]?.perform(next);
    }
    await Promise.all(clients.map((each) => each.finish()));
    for (const name of rooms) await expectInSync(clients, name);
    for (const { violations } of clients) expect(violations).toEqual([]);
    for (const { testClient } of clients) testClient.close();
  }

  async function expectInSync(clients: RandomClient[], name: string): Promise<void> {
    const history = await fixture.server.history<Message>(name);
    for (const each of clients) {
      await each.testClient.expectInSync(name);
      expect(each.stored(name, history)).toEqual(each.posted(name));
      await expectMembersInSync(each.testClient, name);
    }
  }

  async function expectMembersInSync(testClient: TestClient, name: string): Promise<void> {
    const sorted = (members: readonly Member[]) => JSON.stringify([...members].sort((a, b) => (a.nick < b.nick ? -1 : 1)));
    const expected = () => call<Member[]>(fixture.server.url, `/chat/rooms/${name}/members`);
    const compared = { shown: "", expected: "" };
    const equal = async () => {
      compared.shown = sorted(testClient.room(name).members.value);
      compared.expected = sorted(await expected());
      return compared.shown === compared.expected;
    };
    await waitUntil(equal, () => `the members of REST, ${compared.expected}, where ${compared.shown} are shown`);
  }

  test("clients equal what REST returns", async () => {
    const actions = fc.array(action, { minLength: 10, maxLength: 40 });
    await fc.assert(fc.asyncProperty(actions, perform), { numRuns: RUNS, endOnFailure: true });
  }, RUNS * 10_000);
});
