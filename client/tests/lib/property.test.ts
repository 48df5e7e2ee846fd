/**
 * What a client holds equals what REST returns, whatever happens: cuts, kills, reloads, edits, deletes.
 * What somebody writes is stored once, in order, and shown to them once at every moment.
 */

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Member, type Message, call } from "../../src/lib/index.js";
import type { Actor } from "./support/test-client.js";
import { account } from "./support/accounts.js";
import { Player } from "./support/random-client.js";
import { scene } from "./support/fixture.js";
import { until } from "./support/wait.js";

/** More of them by RUNS=100 npx vitest run property. */
const RUNS = Number(process.env["RUNS"] ?? 8);
const PLAYERS = 3;
const ROOMS = 2;

const who = fc.nat(PLAYERS - 1);
const where = fc.nat(ROOMS - 1);
const pick = fc.nat();
const act = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("post" as const), who, where }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("edit" as const), who, where, pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), who, where, pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "offline" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("online" as const, "reload" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("deafen" as const, "breathe" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("leave" as const, "join" as const), who, where }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

describe.each([
  ["recovers", { ME_API_RECOVERY_LIMIT: "10000" }, ["websocket"]],
  ["often cannot recover", { ME_API_RECOVERY_LIMIT: "2" }, undefined],
])("where the server %s", (_, settings, transports) => {
  const here = scene(settings);
  let token: string;
  let game = 0;
  beforeAll(async () => void (token = await account(here.server.url, "host")));

  async function play(acts: Act[]): Promise<void> {
    game++;
    const rooms = Array.from({ length: ROOMS }, (_, n) => `game${game}-${n}`);
    for (const name of rooms) await call(here.server.url, "/chat/rooms", { body: { name }, token });
    const players: Player[] = [];
    for (let n = 0; n < PLAYERS; n++) {
      const actor = await here.enter({ nick: `player${game}-${n}`, transports, reconnectionDelay: 10 });
      players.push(await Player.of(actor, n, rooms));
    }
    for (const one of acts) {
      if (one.do === "kill") await here.server.restart();
      else await players[one.who]?.act(one);
    }
    await Promise.all(players.map((player) => player.comeBack()));
    for (const room of rooms) await agree(players, room);
    for (const player of players) expect(player.faults).toEqual([]);
    for (const { actor } of players) actor.close();
  }

  async function agree(players: Player[], room: string): Promise<void> {
    const truth = await here.server.history<Message>(room);
    for (const player of players) {
      await player.actor.agrees(room);
      expect(player.stored(room, truth)).toEqual(player.wrote(room));
      await sameMembers(player.actor, room);
    }
  }

  async function sameMembers(actor: Actor, room: string): Promise<void> {
    const nicks = (members: readonly Member[]) => JSON.stringify([...members].sort((a, b) => (a.nick < b.nick ? -1 : 1)));
    const list = () => call<Member[]>(here.server.url, `/chat/rooms/${room}/members`);
    await until(async () => nicks(actor.room(room).members.value) === nicks(await list()), "the same members");
  }

  test("what is held equals what REST returns", async () => {
    const acts = fc.array(act, { minLength: 10, maxLength: 40 });
    await fc.assert(fc.asyncProperty(acts, play), { numRuns: RUNS, endOnFailure: true });
  }, RUNS * 10_000);
});
