import { beforeAll, describe, expect, test } from "vitest";
import { type Report, call } from "../../src/lib/index.js";
import type { Actor } from "./support/test-client.js";
import { account } from "./support/accounts.js";
import { scene } from "./support/fixture.js";
import { until, value } from "./support/wait.js";

describe.each([["recovers", "10000"], ["cannot recover", "1"]])("where the server %s", (_, limit) => {
  const here = scene({ ME_API_RECOVERY_LIMIT: limit });
  let token: string;
  beforeAll(async () => void (token = await account(here.server.url, "mos")));
  const save = (week: number, text: string) =>
    call(here.server.url, "/reports", { body: { week, title: `Week ${week}`, text }, token });
  const remove = (week: number) => call(here.server.url, `/reports/week/${week}`, { method: "DELETE", token });

  async function agrees(actor: Actor): Promise<void> {
    const weeks = await call<{ week: number }[]>(here.server.url, "/reports");
    const all = await Promise.all(weeks.map(({ week }) => call<Report>(here.server.url, `/reports/week/${week}`)));
    const held = () => [...actor.client.reports.reports.value.values()];
    await until(() => JSON.stringify(held()) === JSON.stringify(all), "the same as REST").catch(() => expect(held()).toEqual(all));
  }

  test("the feed is what REST returns, over cuts and a restart", async () => {
    for (let week = 1; week <= 30; week++) await save(week, `*${week}*`);
    await remove(3);
    const reader = await here.enter({});
    await reader.client.reports.open();
    expect(reader.client.reports.reports.value.size).toBe(29);
    await agrees(reader);
    await save(2, "changed");
    await agrees(reader);
    reader.goOffline();
    await value(reader.client.reports.live, (live) => !live, "being away");
    for (const week of [1, 4, 31, 3]) await save(week, "while away");
    await remove(5);
    await here.server.restart();
    reader.goOnline();
    await value(reader.client.reports.live, (live) => live, "being back");
    await agrees(reader);
    expect([...reader.client.reports.reports.value.keys()]).not.toContain(5);
    await save(32, "live again");
    await agrees(reader);
  });

  test("another log is another world", async () => {
    const reader = await here.enter({});
    await reader.client.reports.open();
    await agrees(reader);
    await here.server.kill();
    await here.server.forget();
    await here.server.start();
    token = await account(here.server.url, "mos");
    await save(7, "new");
    await value(reader.client.reports.live, (live) => live, "being back");
    await agrees(reader);
    expect([...reader.client.reports.reports.value.keys()]).toEqual([7]);
  });
});
