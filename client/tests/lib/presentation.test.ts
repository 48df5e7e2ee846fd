import { beforeAll, describe, expect, test } from "vitest";
import { type Presentation, call } from "../../src/lib/index.js";
import { useServer } from "./support/fixture.js";
import type { TestClient } from "./support/test-client.js";
import { waitForValue, waitUntil } from "./support/wait.js";

describe.each([["recovers", "10000"], ["cannot recover", "1"]])("if the server %s", (_, limit) => {
  const fixture = useServer({ ME_API_RECOVERY_LIMIT: limit });
  let token: string;
  async function createOwner(): Promise<void> {
    await fixture.server.flask("users", "create", "--owner", "--email", "mos@example.com", "--password", "long enough");
    const body = { email: "mos@example.com", password: "long enough" };
    ({ token } = await call<{ token: string }>(fixture.server.url, "/login", { body }));
  }
  beforeAll(createOwner);
  const write = (text: string) => call(fixture.server.url, "/", { method: "PUT", body: { text }, token });

  async function expectInSync(reader: TestClient): Promise<void> {
    const { me } = await call<{ me: Presentation | null }>(fixture.server.url, "/");
    const equal = () => JSON.stringify(reader.client.presentation.presentation.value) === JSON.stringify(me);
    await waitUntil(equal, "the presentation of REST").catch(() =>
      expect(reader.client.presentation.presentation.value).toEqual(me),
    );
  }

  test("it equals what REST returns, across lost connections, a restart and a new database", async () => {
    const reader = await fixture.open({});
    const { presentation, live } = reader.client.presentation;
    await reader.client.presentation.open();
    expect(presentation.value).toBe(null);
    const revs: number[] = [];
    presentation.subscribe((value) => value && revs.push(value.rev));
    await write("*ett*");
    await expectInSync(reader);
    expect(presentation.value?.html).toBe("<p><em>ett</em></p>\n");
    reader.goOffline();
    await waitForValue(live, (now) => !now, "the presentation to be offline");
    await write("while offline");
    reader.goOnline();
    await waitForValue(live, (now) => now, "the presentation to be live");
    await expectInSync(reader);
    await fixture.server.restart();
    await write("after a restart");
    await expectInSync(reader);
    // Subscribers are called after the value has changed.
    await waitUntil(() => revs.at(-1) === 3, "the subscriber to be called");
    expect(revs).toEqual([1, 2, 3]);
    await fixture.server.kill();
    await fixture.server.deleteDatabase();
    await fixture.server.start();
    await waitForValue(presentation, (value) => value === null, "the presentation to be gone");
    await createOwner();
    await write("of another log");
    await expectInSync(reader);
  });
});
