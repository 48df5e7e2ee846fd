import { beforeAll, describe, expect, test } from "vitest";
import { type Report, call } from "../../src/lib/index.js";
import { createAccount } from "./support/accounts.js";
import { useServer } from "./support/fixture.js";
import type { TestClient } from "./support/test-client.js";
import { waitForValue, waitUntil } from "./support/wait.js";

describe.each([["recovers", "10000"], ["cannot recover", "1"]])("if the server %s", (_, limit) => {
  const fixture = useServer({ ME_API_RECOVERY_LIMIT: limit });
  let token: string;
  beforeAll(async () => void (token = await createAccount(fixture.server.url, "mos")));
  const save = (week: number, text: string) =>
    call(fixture.server.url, "/reports", { body: { week, title: `Week ${week}`, text }, token });
  const remove = (week: number) => call(fixture.server.url, `/reports/week/${week}`, { method: "DELETE", token });

  async function expectInSync(reader: TestClient): Promise<void> {
    const weeks = await call<{ week: number }[]>(fixture.server.url, "/reports");
    const expected = await Promise.all(weeks.map(({ week }) => call<Report>(fixture.server.url, `/reports/week/${week}`)));
    const loaded = () => [...reader.client.reports.reports.value.values()];
    const equal = () => JSON.stringify(loaded()) === JSON.stringify(expected);
    await waitUntil(equal, "the reports of REST").catch(() => expect(loaded()).toEqual(expected));
  }

  test("the feed equals what REST returns, across lost connections and a restart", async () => {
    for (let week = 1; week <= 30; week++) await save(week, `*${week}*`);
    await remove(3);
    const reader = await fixture.open({});
    await reader.client.reports.open();
    expect(reader.client.reports.reports.value.size).toBe(29);
    await expectInSync(reader);
    await save(2, "changed");
    await expectInSync(reader);
    reader.goOffline();
    await waitForValue(reader.client.reports.live, (live) => !live, "the feed to be offline");
    for (const week of [1, 4, 31, 3]) await save(week, "while offline");
    await remove(5);
    await fixture.server.restart();
    reader.goOnline();
    await waitForValue(reader.client.reports.live, (live) => live, "the feed to be live");
    await expectInSync(reader);
    expect([...reader.client.reports.reports.value.keys()]).not.toContain(5);
    await save(32, "live again");
    await expectInSync(reader);
  });

  test("a new database replaces the reports", async () => {
    const reader = await fixture.open({});
    await reader.client.reports.open();
    await expectInSync(reader);
    await fixture.server.kill();
    await fixture.server.deleteDatabase();
    await fixture.server.start();
    token = await createAccount(fixture.server.url, "mos");
    await save(7, "new");
    await waitForValue(reader.client.reports.live, (live) => live, "the feed to be live");
    await expectInSync(reader);
    expect([...reader.client.reports.reports.value.keys()]).toEqual([7]);
  });
});
